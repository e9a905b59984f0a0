//! From recurring revenue to an answer: words and order here, arithmetic in the metrics.

use metrics::mrr_movements::{self, MrrBridge, MrrMove, MrrMovements, MrrRow};
use metrics::mrr_people::Migration;
use metrics::reconcile::{self, Reconciled};
use metrics::revenue_churn::{self, ChurnClass};
use metrics::revenue_cohorts::{self, RevenueCell, RevenueCohorts};
use metrics::revenue_retention::{self, QuickRatio, Ratio};
use metrics::{Card, Coupons, MrrProfile};
use terms::{Currency, Date};

use crate::{Answer, Value};

/// Movements of recurring revenue.
pub fn mrr_movements_answer(found: &MrrMovements) -> Answer {
    let mut answer = begun(&mrr_movements::CARD, found);
    if let Some((row, currency)) = last(found) {
        let money = |minor: i64| Value::Money(minor, currency);
        let of = |what: MrrMove| money(row.sums.of(what).minor);
        answer = answer
            .term("period", "the last period", row.period)
            .term("mrr_start", "monthly revenue at its start", money(row.start.minor))
            .term("new", "of customers who never paid before", of(MrrMove::New))
            .term("expansion", "of customers who pay more", of(MrrMove::Expansion))
            .term("reactivation", "of customers who had left and came back", of(MrrMove::Reactivation))
            .term("contraction", "of customers who pay less, as a loss", of(MrrMove::Contraction))
            .term("churn", "of customers who pay nothing any more, as a loss", of(MrrMove::Churn))
            .term("fx", "came from other currencies less went to them, unconverted", money(row.sums.fx_minor()))
            .term("mrr_end", "monthly revenue at its end", money(row.end.minor))
            .term("customers_end", "customers who pay at its end", row.end.customers);
    }
    let mut answer = answer.columns(&[
        "period",
        "complete",
        "currency",
        "mrr_start",
        "new",
        "expansion",
        "reactivation",
        "contraction",
        "churn",
        "fx",
        "mrr_end",
        "customers_start",
        "customers_new",
        "customers_expansion",
        "customers_reactivation",
        "customers_contraction",
        "customers_churn",
        "customers_end",
    ]);
    answer.rows = rows(found, |row, currency| {
        let money = |minor: i64| Value::Money(minor, currency);
        let (minor, customers) = (|what| money(row.sums.of(what).minor), |what| row.sums.of(what).customers.into());
        let mut cells = vec![money(row.start.minor)];
        cells.extend(FIVE.map(minor));
        cells.extend([money(row.sums.fx_minor()), money(row.end.minor), row.start.customers.into()]);
        cells.extend(FIVE.map(customers));
        cells.push(row.end.customers.into());
        cells
    });
    answer
}

/// The movements of a bridge, in its order.
const FIVE: [MrrMove; 5] =
    [MrrMove::New, MrrMove::Expansion, MrrMove::Reactivation, MrrMove::Contraction, MrrMove::Churn];

/// Retention of recurring revenue.
pub fn revenue_retention_answer(found: &MrrMovements) -> Answer {
    let mut answer = begun(&revenue_retention::CARD, found);
    if let Some((row, currency)) = last(found) {
        let money = |minor: i64| Value::Money(minor, currency);
        answer = answer
            .term("period", "the last period", row.period)
            .term("mrr_start", "what could be kept: paid at the start, without customers who changed currency", {
                money(row.grr().whole_minor)
            })
            .term("mrr_kept_gross", "of it, still paid, without what anybody pays more", money(row.grr().part_minor))
            .term("mrr_kept_net", "the same with what they pay more", money(row.nrr().part_minor))
            .term("nrr", "net revenue retention", row.nrr().rate())
            .term("grr", "gross revenue retention", row.grr().rate())
            .term("gross_churn", "(churn + contraction) / start", row.gross_churn().rate())
            .term("net_churn", "(churn + contraction − expansion − reactivation) / start", row.net_churn().rate())
            .term("negative_churn", "whether net churn is below zero", row.negative_churn())
            .term("quick_ratio", "gains for each unit of losses", quick(&row))
            .term("arpa", "monthly revenue of a customer at the end, mean", mean(row.arpa_minor(), currency))
            .term("logo_churn", "customers lost", row.logo_churn(found.profile));
    }
    let mut answer = answer.columns(&[
        "period",
        "complete",
        "currency",
        "mrr_start",
        "mrr_kept_gross",
        "mrr_kept_net",
        "nrr",
        "grr",
        "gross_churn",
        "net_churn",
        "negative_churn",
        "quick_ratio",
        "gained",
        "lost",
        "arpa",
        "logo_churn",
    ]);
    answer.rows = rows(found, |row, currency| {
        let money = |minor: i64| Value::Money(minor, currency);
        let rate = |ratio: Ratio| Value::from(ratio.rate());
        vec![
            money(row.grr().whole_minor),
            money(row.grr().part_minor),
            money(row.nrr().part_minor),
            rate(row.nrr()),
            rate(row.grr()),
            rate(row.gross_churn()),
            rate(row.net_churn()),
            row.negative_churn().into(),
            row.quick_ratio().number().into(),
            money(row.sums.gained_minor()),
            money(row.sums.lost_minor()),
            mean(row.arpa_minor(), currency),
            row.logo_churn(found.profile).into(),
        ]
    });
    answer
}

fn mean(minor: Option<f64>, currency: Option<Currency>) -> Value {
    minor.map_or(Value::Unknown, |minor| Value::Mean(minor, currency))
}

/// The number; where nothing was lost, that.
fn quick(row: &MrrRow) -> Value {
    match row.quick_ratio() {
        QuickRatio::Of(ratio) => ratio.rate().into(),
        QuickRatio::NoLosses => "no losses".into(),
    }
}

/// What was lost, why, and what is known to go.
pub fn revenue_churn_answer(found: &MrrMovements) -> Answer {
    let mut answer = begun(&revenue_churn::CARD, found);
    if let Some((row, currency)) = last(found) {
        let money = |minor: i64| Value::Money(minor, currency);
        let lost = |class: ChurnClass| money(row.sums.lost(class).minor);
        answer = answer
            .term("period", "the last period", row.period)
            .term(
                "churn",
                "monthly revenue of customers who pay nothing any more",
                money(row.sums.of(MrrMove::Churn).minor),
            )
            .term("customers_churn", "these customers", row.sums.of(MrrMove::Churn).customers)
            .term("voluntary", "of it, the customer chose to leave", lost(ChurnClass::Voluntary))
            .term("involuntary", "a payment never came", lost(ChurnClass::Involuntary))
            .term("dispute", "a payment was disputed", lost(ChurnClass::Dispute))
            .term("unknown", "nobody said why", lost(ChurnClass::Unknown))
            .term("scheduled", "cancelled, and still paid at the end", money(row.sums.scheduled.minor))
            .term("customers_scheduled", "customers of it", row.sums.scheduled.customers);
    }
    let mut answer = answer.columns(&[
        "period",
        "complete",
        "currency",
        "churn",
        "voluntary",
        "involuntary",
        "dispute",
        "unknown",
        "customers_churn",
        "customers_voluntary",
        "customers_involuntary",
        "customers_dispute",
        "customers_unknown",
        "scheduled",
        "customers_scheduled",
    ]);
    answer.rows = rows(found, |row, currency| {
        let money = |minor: i64| Value::Money(minor, currency);
        let churn = row.sums.of(MrrMove::Churn);
        let mut cells = vec![money(churn.minor)];
        cells.extend(ChurnClass::ALL.map(|class| money(row.sums.lost(class).minor)));
        cells.push(churn.customers.into());
        cells.extend(ChurnClass::ALL.map(|class| Value::from(row.sums.lost(class).customers)));
        cells.extend([money(row.sums.scheduled.minor), row.sums.scheduled.customers.into()]);
        cells
    });
    answer
}

/// Revenue by cohort, one row a cell; the pooled row last.
pub fn revenue_cohorts_answer(found: &RevenueCohorts) -> Answer {
    let mut answer = Answer::of(&revenue_cohorts::CARD, found.as_of);
    answer.profile = found.profile.to_string();
    let mut answer = profile_flag(answer, found.profile, true)
        .term("grain", "the step", found.grain.word())
        .term("cohorts", "number of cohorts", found.rows.len() as u64)
        .term("customers", "customers in all cohorts", found.rows.iter().map(|row| row.began.customers).sum::<u64>())
        .columns(&[
            "cohort",
            "size",
            "mrr_began",
            "step",
            "complete",
            "customers",
            "mrr",
            "net_retention",
            "gross_retention",
        ]);
    let cells = |name: String, size: Option<u64>, cells: &[RevenueCell]| {
        let cell = |(step, cell): (usize, &RevenueCell)| {
            vec![
                name.clone().into(),
                size.into(),
                Value::Money(cell.began_minor, found.currency),
                Value::Count(step as u64),
                cell.complete.into(),
                cell.pays.customers.into(),
                Value::Money(cell.pays.minor, found.currency),
                cell.net().rate().into(),
                cell.gross().rate().into(),
            ]
        };
        cells.iter().enumerate().map(cell).collect::<Vec<_>>()
    };
    let row =
        |row: &revenue_cohorts::RevenueCohort| cells(row.period.to_string(), Some(row.began.customers), &row.cells);
    answer.rows = found.rows.iter().flat_map(row).collect();
    answer.rows.extend(cells("(average)".to_owned(), None, &found.average));
    answer
}

/// Two definitions side by side: lines as terms, subscriptions as rows. Names belong to the keys in order.
pub fn reconcile_answer(
    found: &Reconciled,
    (a, b): (MrrProfile, MrrProfile),
    currency: Currency,
    names: &[String],
) -> Answer {
    let money = |minor: i64| Value::Money(minor, Some(currency));
    let mut answer = Answer::of(&reconcile::CARD, found.as_of);
    answer.profile = format!("{a} with {b}");
    for profile in [a, b] {
        answer = answer.flag("profile_limits", profile.cannot_know().map(|words| format!("{profile}: {words}")));
    }
    let open = (!found.complete).then(|| "the period is not over: these figures still change".to_owned());
    let mut answer = answer.flag("incomplete", open).columns(&[
        "kind",
        "line",
        "customer",
        "subscription",
        "start_a",
        "start_b",
        "a",
        "b",
        "difference",
        "because",
    ]);
    let line = |line: &reconcile::ReconcileLine| {
        let (one, other) = (line.a.minor, line.b.minor);
        let none = || Value::Unknown;
        let head = [Value::from("line"), line.line.into(), none(), none(), none(), none()];
        let tail = [money(one), money(other), money(other.saturating_sub(one)), none()];
        head.into_iter().chain(tail).collect::<Vec<Value>>()
    };
    let subscription = |(one, name): (&reconcile::Differing, &String)| {
        let because: Vec<&str> = one.because.iter().map(|because| because.word()).collect();
        vec![
            Value::from("subscription"),
            Value::Unknown,
            name.clone().into(),
            one.subscription.clone().into(),
            money(one.start_minor.0),
            money(one.start_minor.1),
            money(one.end_minor.0),
            money(one.end_minor.1),
            money(one.end_minor.1.saturating_sub(one.end_minor.0)),
            because.join(", ").into(),
        ]
    };
    answer.rows = found.lines.iter().map(line).collect();
    answer.rows.extend(found.subscriptions.iter().zip(names).map(subscription));
    answer.term("subscriptions", "subscriptions that differ at either end", found.subscriptions.len() as u64)
}

/// Says which migrations there were.
#[must_use]
pub fn with_migrations(mut answer: Answer, migrations: &[Migration], currency: Option<Currency>) -> Answer {
    for one in migrations {
        let day: Date = one.day;
        let (before, after) = (one.before.minor, one.after_minor);
        let money = |minor: i64| Value::Money(minor, currency).text();
        let text = format!(
            "{} customers went from the plan {} to {} on {day} ({} to {} a month): counted as expansion and contraction, not as \
             churn and new",
            one.before.customers,
            one.from,
            one.to,
            money(before),
            money(after)
        );
        answer = answer.flag("plan_migration", Some(text));
    }
    answer
}

fn begun(card: &'static Card, found: &MrrMovements) -> Answer {
    let mut answer = Answer::of(card, found.as_of);
    answer.profile = found.profile.to_string();
    let unknown = format!("{} customers have a contract whose revenue is not known: it is in no sum", found.unknown);
    let codes: Vec<&str> = found.bridges.iter().map(|bridge| bridge.currency.as_str()).collect();
    let several = format!("{} are listed apart and never added up: no rate is known", codes.join(", "));
    let open = found.bridges.iter().flat_map(|bridge| bridge.rows.last()).any(|row| !row.complete);
    profile_flag(answer, found.profile, found.knows_coupons)
        .flag("incomplete", open.then(|| "the last period is not over: its figures still change".to_owned()))
        .flag("amount_unknown", (found.unknown > 0).then_some(unknown))
        .flag("other_currency", (codes.len() > 1).then_some(several))
}

/// What a profile would need to know and the facts do not say.
fn profile_flag(answer: Answer, profile: MrrProfile, knows_coupons: bool) -> Answer {
    let limits = profile.cannot_know().map(str::to_owned);
    let untold = profile.definitions().coupons == Coupons::Ignore && !knows_coupons;
    let coupons = "list prices are not in the facts: what coupons take off cannot be added back";
    answer.flag("profile_limits", limits).flag("profile_limits", untold.then(|| coupons.to_owned()))
}

fn currency_of(bridge: &MrrBridge) -> Option<Currency> {
    bridge.currency.parse().ok()
}

fn last(found: &MrrMovements) -> Option<(MrrRow, Option<Currency>)> {
    let bridge = found.main()?;
    Some((*bridge.rows.last()?, currency_of(bridge)))
}

/// A row for each currency and period, with what `of` says of it.
fn rows(found: &MrrMovements, of: impl Fn(&MrrRow, Option<Currency>) -> Vec<Value>) -> Vec<Vec<Value>> {
    let one = |bridge: &MrrBridge, row: &MrrRow| {
        let mut cells = vec![row.period.into(), row.complete.into(), bridge.currency.clone().into()];
        cells.extend(of(row, currency_of(bridge)));
        cells
    };
    found
        .bridges
        .iter()
        .flat_map(|bridge| bridge.rows.iter().map(move |row| (bridge, row)))
        .map(|(b, r)| one(b, r))
        .collect()
}
