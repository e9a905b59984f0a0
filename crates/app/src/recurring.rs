//! Recurring revenue for programs: movements, retention, churn, and two definitions side by side.

use history::Snapshot;
use metrics::mrr_movements::{MrrAsk, MrrMovements, mrr_movements};
use metrics::mrr_people::{MrrPeriodAsk, mrr_plans};
use metrics::reconcile::{ReconcileAsk, reconcile};
use metrics::{MrrProfile, Scope, customers_by_word};
use reports::{Answer, answers_mrr};
use terms::{Currency, Date, Period};

use crate::ask::period_of;
use crate::pages::names;
use crate::{App, Problem};

impl App {
    /// The currency contracts are looked at in first: that of reports, or the one most customers pay in.
    pub(crate) async fn contract_currency(&self, snapshot: &Snapshot) -> Result<Option<Currency>, Problem> {
        if let Some(known) = snapshot.currency() {
            return Ok(Some(known));
        }
        let found = customers_by_word(snapshot, "subscription_changes", "currency").await?;
        Ok(found.first().and_then(|(code, _)| code.parse().ok()))
    }

    /// The answer of one of the metrics that are made from movements.
    pub(crate) async fn mrr_answer(&self, id: &str, snapshot: &Snapshot, ask: MrrAsk) -> Result<Answer, Problem> {
        let currency = self.contract_currency(snapshot).await?;
        let ask = MrrAsk { currency, ..ask };
        let found = mrr_movements(snapshot, &ask).await?;
        let answer = match id {
            "revenue-retention" => answers_mrr::revenue_retention_answer(&found),
            "revenue-churn" => answers_mrr::revenue_churn_answer(&found),
            _ => answers_mrr::mrr_movements_answer(&found),
        };
        let (Some(currency), Some(period)) = (currency, whole(&found)) else { return Ok(answer) };
        let plans = MrrPeriodAsk { period, profile: ask.profile, currency, scope: ask.scope };
        let migrations = mrr_plans(snapshot, &plans).await?.migrations;
        Ok(answers_mrr::with_migrations(answer, &migrations, Some(currency)))
    }

    /// Recurring revenue of a period under two definitions: `period` as in [`crate::Ask`], profiles by name.
    ///
    /// # Errors
    ///
    /// `unknown_profile`, `no_facts` without contracts, `period_not_begun`.
    pub async fn reconcile(
        &self,
        (a, b): (&str, &str),
        period: Option<&str>,
        as_of: Option<&str>,
    ) -> Result<Answer, Problem> {
        let (a, b): (MrrProfile, MrrProfile) = (a.parse()?, b.parse()?);
        let snapshot = self.snapshot().await?;
        let scope = Scope { as_of: as_of.map(str::parse::<Date>).transpose()?, filter: None };
        let horizon = Self::horizon(&snapshot, &scope);
        let period = match period {
            Some(text) => period_of(text, horizon)?,
            None => Self::last_month(&snapshot, &scope),
        };
        let currency = match self.contract_currency(&snapshot).await? {
            Some(currency) => currency,
            // ISO 4217 has a code for what has no currency.
            None => "XXX".parse()?,
        };
        let found = reconcile(&snapshot, &ReconcileAsk { period, a, b, currency, scope }).await?;
        let names = names(&snapshot, found.subscriptions.iter().map(|one| one.customer).collect()).await?;
        let name = |key: &u32| names.get(key).map(|name| name.id.clone()).unwrap_or_default();
        let names: Vec<String> = found.subscriptions.iter().map(|one| name(&one.customer)).collect();
        let answer = answers_mrr::reconcile_answer(&found, (a, b), currency, &names);
        Ok(answer.said_after("", "period", "the period", period))
    }
}

/// All days of the periods of the currency looked at first.
fn whole(found: &MrrMovements) -> Option<Period> {
    let rows = &found.main()?.rows;
    let period = Period { start: rows.first()?.period.start, end: rows.last()?.period.end };
    (period.start < found.as_of).then_some(period)
}
