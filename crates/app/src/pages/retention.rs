//! The Retention page: all its questions at once.

use reports::pages::brief::sentences;
use reports::pages::retention::RetentionPage;
use reports::pages::{Brief, Who};

use super::PageQuery;
use super::cards::slot;
use super::figures::told;
use crate::{App, Problem};

impl App {
    /// The Retention page; nothing while there is nobody who could stay or leave. What is wrong with a part of it is said
    /// in that part.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read at all.
    pub async fn retention_page(&self, query: &PageQuery) -> Result<Option<RetentionPage>, Problem> {
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
            brief,
            figures: ground.figures(&asked, &strip),
            cohorts: slot("cohorts", cohorts),
            daily: slot("daily", daily),
            survival: slot("survival", survival),
            flow: slot("flow", flow),
            groups: slot("groups", groups),
            concentration: slot("concentration", concentration),
            overdue: slot("overdue", overdue),
            frame: ground.frame(asked),
        }))
    }
}
