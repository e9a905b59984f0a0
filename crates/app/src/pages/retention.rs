//! The Retention page: all its questions at once.

use reports::pages::Who;
use reports::pages::brief::sentences;
use reports::pages::retention::{Brief, RetentionPage};

use super::RetentionQuery;
use super::cards::slot;
use super::figures::told;
use super::query::periods;
use crate::{App, Problem};

impl App {
    /// The Retention page; nothing while there is nobody who could stay or leave. What is wrong with a part of it is said
    /// in that part.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read at all.
    pub async fn retention_page(&self, query: &RetentionQuery) -> Result<Option<RetentionPage>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let asked = query.asked(&ground);
        let segment = asked.segment.as_str();
        let (strip, cohorts, daily, survival, flow, groups, concentration, (late, overdue)) = tokio::join!(
            ground.strip(&asked),
            ground.cohorts_card(&asked),
            ground.daily_card(segment),
            ground.survival_card(segment),
            ground.flow_card(&asked),
            ground.groups_card(&asked),
            ground.concentration_card(segment),
            async { (ground.late(segment).await, ground.overdue_card(segment, query).await) },
        );
        let late = late.ok().map(|late| (late.lines.len() as u64, late.spend));
        let lost = strip.counts().map_or(0, |counts| counts.lost());
        let brief = Brief {
            sentences: sentences(&told(&ground, &asked, &strip, late)),
            people: (lost > 0).then_some((Who::Lost(asked.period), lost)),
        };
        Ok(Some(RetentionPage {
            periods: periods(&asked, &ground),
            segments: ground.segments(&asked.segment),
            active_days: ground.window(),
            brief,
            figures: ground.figures(&asked, &strip),
            cohorts: slot("cohorts", cohorts),
            daily: slot("daily", daily),
            survival: slot("survival", survival),
            flow: slot("flow", flow),
            groups: slot("groups", groups),
            concentration: slot("concentration", concentration),
            overdue: slot("overdue", overdue),
            freshness: ground.freshness,
            workspace: ground.workspace.clone(),
            asked,
        }))
    }
}
