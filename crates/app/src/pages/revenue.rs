//! The Revenue page: movements of recurring revenue, its figures, its plans.

use std::sync::Arc;

use history::Rows;
use metrics::mrr_movements::{MrrAsk, MrrMove, MrrMovements, MrrRow, MrrSteps, Tally, mrr_movements};
use metrics::mrr_people::mrr_plans;
use metrics::revenue_churn::ChurnClass;
use metrics::revenue_retention::{QuickRatio, Ratio};
use reports::pages::revenue::{Lost, Migration, MovementStep, Movements, Paid, PlanRow, Plans, RevenuePage};
use reports::pages::{Asked, Better, Figure, Sentence, Slot, Value, Who};
use terms::{Money, Period};

use super::PageQuery;
use super::cards::{slot, too_little};
use super::figures::or_unknown;
use super::ground::{Ground, ask};
use super::people::nobody_yet;
use super::query::history;
use super::sheet::Sheet;
use crate::{App, Problem};

/// Plans that are shown.
const PLANS_MAX: usize = 20;
/// Steps that fit beside each other, and are still read.
const STEPS_SHOWN: usize = 13;
/// Movements of the bridge, in its order.
const PARTS: [MrrMove; 5] =
    [MrrMove::New, MrrMove::Expansion, MrrMove::Reactivation, MrrMove::Contraction, MrrMove::Churn];
/// A change smaller than this reads as none.
const SAME: f64 = 0.000_5;

impl App {
    /// The Revenue page; nothing while there are no facts. Without contracts it says so.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read at all.
    pub async fn revenue_page(&self, query: &PageQuery) -> Result<Option<RevenuePage>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let asked = query.asked(&ground);
        if !ground.workspace.contracts {
            let (brief, figures) = (Vec::new(), Vec::new());
            let (movements, lost, plans) = (no_contracts(), no_contracts(), no_contracts());
            return Ok(Some(RevenuePage { brief, figures, movements, lost, plans, frame: ground.frame(asked) }));
        }
        let (rows, before, movements, plans) = tokio::join!(
            ground.mrr_rows(&asked, history(asked.period, &ground)),
            ground.mrr_rows(&asked, asked.compared.into_iter().collect()),
            ground.movements_card(&asked),
            ground.plans_card(&asked),
        );
        let before = or_unknown("revenue before", before).and_then(|rows| rows.last().copied());
        // What failed is said to have failed: no answer is not the same as no contracts.
        let lost = rows.as_ref().map_err(Problem::clone);
        let lost = lost.map(|rows| rows.last().map_or_else(no_contracts, |row| Slot::Ready(ground.mrr_lost(row))));
        let lost = slot("lost", lost);
        let rows = rows.unwrap_or_default();
        Ok(Some(RevenuePage {
            brief: rows.last().map(|row| ground.mrr_brief(&asked, row, before.as_ref())).unwrap_or_default(),
            figures: ground.mrr_figures(&asked, &rows, before.as_ref()),
            movements: slot("movements", movements),
            lost,
            plans: slot("plans", plans),
            frame: ground.frame(asked),
        }))
    }

    /// The numbers of the page, or of one part of it, as rows.
    ///
    /// # Errors
    ///
    /// `no_facts` before the first import and without contracts; `unknown_part`.
    pub async fn revenue_csv(&self, part: &str, query: &PageQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let asked = query.asked(&ground);
        match part {
            "" | "movements" => match ground.movements_card(&asked).await? {
                Slot::Ready(found) => movement_rows(&found.steps),
                _ => movement_rows(&[]),
            },
            "plans" => {
                let found = ground.plans(&asked).await?;
                let (start, end) = (|row: &PlanRow| row.start, |row: &PlanRow| row.end);
                Sheet::default()
                    .text("plan", &found.rows, |row| Some(row.plan.clone()))
                    .whole("customers_start", &found.rows, |row| Some(start(row).customers))
                    .number("mrr_start", &found.rows, |row| Some(start(row).money.decimal()))
                    .whole("customers_end", &found.rows, |row| Some(end(row).customers))
                    .number("mrr_end", &found.rows, |row| Some(end(row).money.decimal()))
                    .text("currency", &found.rows, |row| Some(end(row).money.currency.to_string()))
                    .rows()
            }
            _ => Err(Problem::not_found(
                "unknown_part",
                format!("the page has no part '{part}'"),
                "use one of: movements, plans",
            )),
        }
    }
}

fn no_contracts<T>() -> Slot<T> {
    too_little(Sentence::new("empty.no_contracts", []), None)
}

fn movement_rows(steps: &[MovementStep]) -> Result<Rows, Problem> {
    let part = |word: &'static str| {
        move |step: &MovementStep| step.parts.iter().find(|part| part.0 == word).map(|part| part.1.money.decimal())
    };
    let mut sheet = Sheet::default()
        .text("start", steps, |step| Some(step.period.start.to_string()))
        .text("end", steps, |step| Some(step.period.end.to_string()))
        .flag("complete", steps, |step| step.complete)
        .number("mrr_start", steps, |step| Some(step.start.money.decimal()));
    for what in PARTS {
        sheet = sheet.number(what.word(), steps, part(what.word()));
    }
    sheet
        .number("fx", steps, |step| Some(step.fx.decimal()))
        .number("mrr_end", steps, |step| Some(step.end.money.decimal()))
        .whole("customers_end", steps, |step| Some(step.end.customers))
        .text("currency", steps, |step| Some(step.end.money.currency.to_string()))
        .rows()
}

fn who(asked: &Asked, part: &str) -> Who {
    Who::Mrr { period: asked.period, part: part.to_owned(), plan: None, profile: asked.profile }
}

impl Ground {
    async fn mrr(&self, asked: &Asked, steps: MrrSteps) -> Result<Arc<MrrMovements>, Problem> {
        let (currency, scope) = (Some(self.workspace.currency), self.scope(&asked.segment));
        ask!(self, mrr_movements, MrrAsk { steps, profile: asked.profile, currency, scope })
    }

    /// Recurring revenue of periods that follow each other, in the currency of the pages.
    async fn mrr_rows(&self, asked: &Asked, periods: Vec<Period>) -> Result<Vec<MrrRow>, Problem> {
        if periods.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.mrr(asked, MrrSteps::Periods(periods)).await?;
        Ok(self.own(&found))
    }

    fn own(&self, found: &MrrMovements) -> Vec<MrrRow> {
        let own = found.bridges.iter().find(|bridge| bridge.currency == self.workspace.currency.code());
        own.map(|bridge| bridge.rows.clone()).unwrap_or_default()
    }

    fn paid(&self, tally: Tally) -> Paid {
        Paid { customers: tally.customers, money: self.money(tally.minor) }
    }

    async fn movements_card(&self, asked: &Asked) -> Result<Slot<Movements>, Problem> {
        let (grain, steps) = self.trend_steps();
        let steps = &steps[steps.len().saturating_sub(STEPS_SHOWN)..];
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Ok(no_contracts()) };
        let over = Some(Period { start: first.start, end: last.end });
        let found = self.mrr(asked, MrrSteps::Calendar { grain, over }).await?;
        let rows = self.own(&found);
        if rows.is_empty() {
            return Ok(no_contracts());
        }
        let others = found.bridges.iter().filter(|bridge| bridge.currency != self.workspace.currency.code());
        let other = |bridge: &metrics::mrr_movements::MrrBridge| {
            let end = bridge.rows.last()?.end;
            let money = Money { minor: end.minor, currency: bridge.currency.parse().ok()? };
            (end.customers > 0).then_some(Paid { customers: end.customers, money })
        };
        Ok(Slot::Ready(Movements {
            steps: rows.iter().map(|row| self.movement_step(row)).collect(),
            others: others.filter_map(other).collect(),
            unknown: found.unknown,
        }))
    }

    fn movement_step(&self, row: &MrrRow) -> MovementStep {
        let part = |what: MrrMove| (what.word().to_owned(), self.paid(row.sums.of(what)));
        MovementStep {
            period: row.period,
            complete: row.complete,
            start: self.paid(row.start),
            end: self.paid(row.end),
            parts: PARTS.map(part).to_vec(),
            fx: self.money(row.sums.fx_minor()),
            net: self.money(row.sums.net_minor()),
        }
    }

    fn mrr_lost(&self, row: &MrrRow) -> Lost {
        let class = |class: ChurnClass| (class.word().to_owned(), self.paid(row.sums.lost(class)));
        Lost { classes: ChurnClass::ALL.map(class).to_vec(), scheduled: self.paid(row.sums.scheduled) }
    }

    async fn plans(&self, asked: &Asked) -> Result<Plans, Problem> {
        let found = ask!(self, mrr_plans, self.mrr_ask(asked.period, &asked.segment, asked.profile))?;
        let row = |row: &metrics::mrr_people::PlanRow| PlanRow {
            plan: row.plan.clone(),
            start: self.paid(row.start),
            end: self.paid(row.end),
        };
        let migration = |one: &metrics::mrr_people::Migration| Migration {
            day: one.day,
            from: one.from.clone(),
            to: one.to.clone(),
            before: self.paid(one.before),
            after: self.money(one.after_minor),
        };
        Ok(Plans {
            rows: found.plans.iter().map(row).collect(),
            rows_left_out: 0,
            migrations: found.migrations.iter().map(migration).collect(),
        })
    }

    async fn plans_card(&self, asked: &Asked) -> Result<Slot<Plans>, Problem> {
        let mut plans = self.plans(asked).await?;
        if plans.rows.is_empty() {
            return Ok(no_contracts());
        }
        plans.rows_left_out = plans.rows.len().saturating_sub(PLANS_MAX) as u64;
        plans.rows.truncate(PLANS_MAX);
        Ok(Slot::Ready(plans))
    }

    /// In short: how much and how it changed, what was lost, what is known to go.
    fn mrr_brief(&self, asked: &Asked, row: &MrrRow, before: Option<&MrrRow>) -> Vec<(Sentence, Option<Who>)> {
        let sums = row.sums;
        let mrr = ("mrr", Value::Money(self.money(row.end.minor)));
        let change = before.filter(|row| row.end.minor > 0).map(|row| row.end.minor as f64);
        let first = match change.map(|then| row.end.minor as f64 / then - 1.0) {
            None => Sentence::new("brief.mrr.alone", [mrr, ("n", Value::Count(row.end.customers))]),
            Some(change) => {
                let word = match () {
                    () if change.abs() < SAME => "brief.mrr.same",
                    () if change > 0.0 => "brief.mrr.rose",
                    () => "brief.mrr.fell",
                };
                Sentence::new(word, [mrr, ("change", Value::Change(change.abs()))])
            }
        };
        let counted = |key: &str, part: &str, tally: Tally| {
            let values = [("n", Value::Count(tally.customers)), ("mrr", Value::Money(self.money(tally.minor)))];
            (tally.customers > 0).then(|| (Sentence::new(key, values), Some(who(asked, part))))
        };
        let rest = [
            counted("brief.mrr.lost", "churn", sums.of(MrrMove::Churn)),
            counted("brief.mrr.scheduled", "scheduled", sums.scheduled),
        ];
        let first = (row.end.customers > 0 || row.start.customers > 0).then_some((first, None));
        first.into_iter().chain(rest.into_iter().flatten()).collect()
    }

    fn mrr_figures(&self, asked: &Asked, rows: &[MrrRow], before: Option<&MrrRow>) -> Vec<Figure> {
        let Some(row) = rows.last() else { return Vec::new() };
        let money = |minor: i64| Value::Money(self.money(minor));
        let decimal = |minor: f64| minor / 10f64.powi(self.workspace.currency.minor_digits() as i32);
        let ratio = |ratio: Ratio| vec![money(ratio.part_minor), money(ratio.whole_minor)];
        let net = |row: &MrrRow| row.sums.gained_minor().saturating_sub(row.sums.lost_minor());
        let arpa = |row: &MrrRow| row.arpa_minor().map(|minor| money(minor.round() as i64));
        let quick = |row: &MrrRow| match row.quick_ratio() {
            QuickRatio::Of(ratio) => ratio.rate().map(Value::Number),
            // Nothing came and nothing went: there is nothing to say.
            QuickRatio::NoLosses if row.sums.gained_minor() == 0 => None,
            QuickRatio::NoLosses => Some(Value::Word("revenue.no_losses".to_owned())),
        };
        let rate = |ratio: Ratio| ratio.rate().map(Value::Rate);
        let series = |of: &dyn Fn(&MrrRow) -> Option<f64>| rows.iter().filter_map(of).collect::<Vec<f64>>();
        let one = |id: &str, of: &dyn Fn(&MrrRow) -> Option<Value>, terms, history, (n, part): (u64, &str)| Figure {
            id: id.to_owned(),
            value: of(row),
            before: before.and_then(of),
            better: Better::Up,
            terms,
            interval: None,
            n,
            history,
            people: who(asked, part),
        };
        let change = row.end.minor.saturating_sub(row.start.minor);
        let (gained, lost) = (row.sums.gained_minor(), row.sums.lost_minor());
        let whole = (row.start.customers, "start");
        let end = (row.end.customers, "end");
        vec![
            one(
                "mrr",
                &|row| Some(money(row.end.minor)),
                vec![money(row.start.minor), money(change)],
                series(&|row| Some(decimal(row.end.minor as f64))),
                end,
            ),
            one(
                "net_new_mrr",
                &|row| Some(money(net(row))),
                vec![money(gained), money(lost)],
                series(&|row| Some(decimal(net(row) as f64))),
                (row.sums.of(MrrMove::New).customers, "new"),
            ),
            one("nrr", &|row| rate(row.nrr()), ratio(row.nrr()), series(&|row| row.nrr().rate()), whole),
            one("grr", &|row| rate(row.grr()), ratio(row.grr()), series(&|row| row.grr().rate()), whole),
            one(
                "quick_ratio",
                &quick,
                vec![money(gained), money(lost)],
                series(&|row| row.quick_ratio().number()),
                (row.sums.of(MrrMove::Churn).customers, "churn"),
            ),
            one(
                "arpa",
                &arpa,
                vec![money(row.end.minor), Value::Count(row.end.customers)],
                series(&|row| row.arpa_minor().map(decimal)),
                end,
            ),
        ]
    }
}
