//! Movements, retention, classes, plans, cohorts and comparisons of businesses small enough to redo by hand; then of any.

use proptest::prelude::*;
use terms::Grain;

use super::*;
use crate::mrr_people::{MrrPart, MrrPeriodAsk, mrr_customers, mrr_plans};
use crate::reconcile::{Because, ReconcileAsk, reconcile};
use crate::revenue_cohorts::{RevenueCohortsAsk, revenue_cohorts};
use crate::revenue_retention::{QuickRatio, Ratio};
use crate::testing::{answer, changes, date, period};

fn months(profile: MrrProfile) -> MrrAsk {
    let steps = MrrSteps::Calendar { grain: Grain::Month, over: None };
    MrrAsk { steps, profile, ..MrrAsk::of(period("2024-01")) }
}

/// Rows as `period start +new +expansion +reactivation -contraction -churn ~fx =end (customers)`.
fn check(business: &str, profile: MrrProfile, currency: &str, expected: &[&str]) {
    let found = answer(mrr_movements(&changes(business), &months(profile))).unwrap();
    let bridge = found.bridges.iter().find(|bridge| bridge.currency == currency).unwrap();
    let row = |row: &MrrRow| {
        let of = |what| row.sums.of(what).minor;
        format!(
            "{} {} +{} +{} +{} -{} -{} ~{} ={} ({})",
            row.period,
            row.start.minor,
            of(MrrMove::New),
            of(MrrMove::Expansion),
            of(MrrMove::Reactivation),
            of(MrrMove::Contraction),
            of(MrrMove::Churn),
            row.sums.fx_minor(),
            row.end.minor,
            row.end.customers
        )
    };
    assert_eq!(bridge.rows.iter().map(row).collect::<Vec<_>>(), expected, "{business}");
}

/// Eight customers over February; figures computed apart from this code, by hand and by a script over start and end.
const LEDGER: &str = "a 2024-01-01 start 1.00\nb 2024-01-01 start 0.50\nb 2024-02-03 change 0.80\nc 2024-01-01 start 0.70\n\
    c 2024-02-10 change 0.40\nd 2024-01-01 start 0.60\nd 2024-02-29 end 0\ne 2024-02-01 start 0.90\n\
    f 2024-01-02 start 0.30\nf 2024-01-20 end 0\nf 2024-02-05 start 0.30 subscription=f2\ng 2024-01-01 start 2.00\n\
    h 2024-01-01 start 1.20\na 2024-03-01 change 1.00";

#[test]
fn worked_example() {
    check(
        LEDGER,
        MrrProfile::Regulars,
        "EUR",
        &[
            "2024-01 0 +600 +0 +0 -0 -0 ~0 =600 (6)",
            "2024-02 600 +90 +30 +30 -30 -60 ~0 =660 (7)",
            "2024-03 660 +0 +0 +0 -0 -0 ~0 =660 (7)",
        ],
    );
    let found = answer(mrr_movements(&changes(LEDGER), &MrrAsk::of(period("2024-02")))).unwrap();
    let row = found.main().unwrap().rows[0];
    let of = |part_minor| Ratio { part_minor, whole_minor: 600 };
    assert_eq!((row.nrr(), row.grr()), (of(540), of(510)));
    assert_eq!((row.gross_churn(), row.net_churn()), (of(90), of(30)));
    assert_eq!((row.nrr().rate(), row.grr().rate(), row.gross_churn().rate()), (Some(0.9), Some(0.85), Some(0.15)));
    assert_eq!((row.net_churn().rate(), row.negative_churn()), (Some(0.05), Some(false)));
    assert_eq!(row.quick_ratio(), QuickRatio::Of(Ratio { part_minor: 150, whole_minor: 90 }));
    let share = |profile| (row.logo_churn(profile).part, row.logo_churn(profile).whole);
    assert_eq!((share(MrrProfile::Regulars), share(MrrProfile::Stripe)), ((1, 6), (1, 8)));
    assert_eq!(row.arpa_minor(), Some(660.0 / 7.0));
    // Fay came and went in January: in no movement of it, and no newcomer when she is back.
    let january = answer(mrr_movements(&changes(LEDGER), &months(MrrProfile::Regulars))).unwrap();
    assert_eq!(january.main().unwrap().rows[0].sums.came_and_went, 1);
}

/// ChartMogul help, "MRR Churn Rate": 100 at the start, churn 10, contraction 10, expansion 10: gross 20 %, net 10 %.
/// Stripe docs, "Billing metric definitions": 100 × 100 a month and 50 × 600 a year are 12,500.
#[test]
fn quoted_examples() {
    let business = "a 2024-01-01 start 0.10\na 2024-02-02 end 0\nb 2024-01-01 start 0.40\nb 2024-02-02 change 0.30\n\
                    c 2024-01-01 start 0.50\nc 2024-02-03 start 0.10 subscription=c2\nb 2024-03-01 change 0.30";
    let found = answer(mrr_movements(&changes(business), &MrrAsk::of(period("2024-02")))).unwrap();
    let row = found.main().unwrap().rows[0];
    assert_eq!((row.gross_churn().rate(), row.net_churn().rate()), (Some(0.2), Some(0.1)));
    let mut stripe = String::new();
    (0..100).for_each(|at| stripe.push_str(&format!("a{at} 2024-01-01 start 100.00\n")));
    (0..50).for_each(|at| stripe.push_str(&format!("b{at} 2024-01-01 start 50.00 interval=year\n")));
    let found = answer(mrr_movements(&changes(&stripe), &MrrAsk::of(period("2024-01-01")))).unwrap();
    assert_eq!(found.main().unwrap().rows[0].end, Tally { customers: 150, minor: 1_250_000 });
}

#[test]
fn nothing_lost_is_no_number_and_nobody_there_no_rate() {
    let found = answer(mrr_movements(&changes("a 2024-01-10 start 10"), &MrrAsk::of(period("2024-01")))).unwrap();
    let row = found.main().unwrap().rows[0];
    assert_eq!((row.quick_ratio(), row.quick_ratio().number()), (QuickRatio::NoLosses, None));
    assert_eq!(
        (row.nrr().rate(), row.negative_churn(), row.logo_churn(MrrProfile::Regulars).rate()),
        (None, None, None)
    );
    assert!(!row.complete);
    let none = answer(mrr_movements(&crate::testing::orders("a 2024-01-01"), &MrrAsk::of(period("2024-01"))));
    assert_eq!(none.unwrap_err().code(), "no_facts");
}

#[test]
fn trials_pauses_and_days_at_the_edge() {
    check(
        "a 2024-01-10 start 0\na 2024-01-31T23:59 change 10\nb 2024-01-05 start 20\nb 2024-02-01 pause\nb 2024-03-05 resume\n\
         c 2024-02-01 start 5\nc 2024-02-20 cancel\nc 2024-03-31 end 0\na 2024-04-01 change 10",
        MrrProfile::Regulars,
        "EUR",
        &[
            "2024-01 0 +3000 +0 +0 -0 -0 ~0 =3000 (2)",
            "2024-02 3000 +500 +0 +0 -0 -2000 ~0 =1500 (2)",
            "2024-03 1500 +0 +0 +2000 -0 -500 ~0 =3000 (2)",
            "2024-04 3000 +0 +0 +0 -0 -0 ~0 =3000 (2)",
        ],
    );
}

#[test]
fn currencies_are_never_added_up() {
    let business = "a 2024-01-05 start 10\nb 2024-01-05 start 30\nb 2024-02-10 end 0\n\
                    b 2024-02-10 start 33 subscription=b2 currency=USD\nc 2024-02-01 start 7 currency=USD\n\
                    a 2024-03-02 start 4 subscription=a2 currency=USD\na 2024-03-31 change 10";
    let january = "2024-01 0 +4000 +0 +0 -0 -0 ~0 =4000 (2)";
    check(
        business,
        MrrProfile::Regulars,
        "EUR",
        &[january, "2024-02 4000 +0 +0 +0 -0 -0 ~-3000 =1000 (1)", "2024-03 1000 +0 +0 +0 -0 -0 ~0 =1000 (1)"],
    );
    check(
        business,
        MrrProfile::Regulars,
        "USD",
        &["2024-02 0 +700 +0 +0 -0 -0 ~3300 =4000 (2)", "2024-03 4000 +0 +400 +0 -0 -0 ~0 =4400 (3)"],
    );
    let order = |currency: &str| {
        let ask = MrrAsk { currency: currency.parse().ok(), ..MrrAsk::of(period("2024-02")) };
        let found = answer(mrr_movements(&changes(business), &ask)).unwrap();
        (found.bridges.iter().map(|bridge| bridge.currency.clone()).collect::<Vec<_>>(), found)
    };
    // Without a currency to look at first, the one of most customers comes first.
    assert_eq!(order("").0, ["USD", "EUR"]);
    let (currencies, found) = order("EUR");
    assert_eq!(currencies, ["EUR", "USD"]);
    // Who changed currency is on neither side of the rates.
    assert_eq!(found.bridges[0].rows[0].nrr(), Ratio { part_minor: 1000, whole_minor: 1000 });
}

#[test]
fn what_is_unknown_is_in_no_sum() {
    let business = changes("a 2024-01-05 start 10\nb 2024-01-06 start\nb 2024-01-20 end\na 2024-01-31 change 10");
    let found = answer(mrr_movements(&business, &MrrAsk::of(period("2024-01")))).unwrap();
    assert_eq!((found.unknown, found.main().unwrap().rows[0].end), (1, Tally { customers: 1, minor: 1000 }));
}

#[test]
fn lost_by_class_and_scheduled() {
    let business = "ana 2024-01-01 start 10\nana 2024-02-10 end 0 reason=payment_failed\nben 2024-01-01 start 10\n\
                    ben 2024-01-20 cancel reason=switched\nben 2024-02-15 end 0\ncem 2024-01-01 start 10\n\
                    cem 2024-02-20 cancel 10 reason=too_expensive\ncem 2024-03-14 end 0\ndia 2024-01-01 start 10\n\
                    dia 2024-02-20 end 0 reason=payment_disputed\neva 2024-01-01 start 10\neva 2024-02-21 end 0\n\
                    fay 2024-01-01 start 1\nfay 2024-04-01 change 1";
    let found = answer(mrr_movements(&changes(business), &months(MrrProfile::Regulars))).unwrap();
    let february = found.main().unwrap().rows[1].sums;
    let one = Tally { customers: 1, minor: 1000 };
    assert!(ChurnClass::ALL.iter().all(|class| february.lost(*class) == one), "{february:?}");
    let scheduled: Vec<Tally> = found.main().unwrap().rows.iter().map(|row| row.sums.scheduled).collect();
    assert_eq!(scheduled, [one, one, Tally::default(), Tally::default()]);
    // At the cancellation instead: Ben in January, Cem in February, and nothing is ever scheduled.
    let stripe = answer(mrr_movements(&changes(business), &months(MrrProfile::Stripe))).unwrap();
    let rows = &stripe.main().unwrap().rows;
    assert_eq!(rows[0].end.minor, 4_100);
    assert_eq!(rows[1].sums.lost(ChurnClass::Voluntary), one);
    assert!(rows.iter().all(|row| row.sums.scheduled == Tally::default()));
}

#[test]
fn an_unpaid_invoice_ends_a_contract_after_thirty_days() {
    // Due on 1 February: thirty days later it is 2 March. Ben pays on the 30th day.
    let business = "ana 2024-01-01 start 10\nana 2024-02-01 invoice failed\nana 2024-02-05 invoice failed\n\
                    ben 2024-01-01 start 10\nben 2024-02-01 invoice failed\nben 2024-03-02 invoice paid\n\
                    cem 2024-01-01 start 10\ncem 2024-02-01 invoice failed\ncem 2024-04-10 invoice paid\n\
                    dia 2024-05-01 start 1";
    check(
        business,
        MrrProfile::Regulars,
        "EUR",
        &[
            "2024-01 0 +3000 +0 +0 -0 -0 ~0 =3000 (3)",
            "2024-02 3000 +0 +0 +0 -0 -0 ~0 =3000 (3)",
            "2024-03 3000 +0 +0 +0 -0 -2000 ~0 =1000 (1)",
            "2024-04 1000 +0 +0 +1000 -0 -0 ~0 =2000 (2)",
            "2024-05 2000 +100 +0 +0 -0 -0 ~0 =2100 (3)",
        ],
    );
    let found = answer(mrr_movements(&changes(business), &months(MrrProfile::Regulars))).unwrap();
    let march = found.main().unwrap().rows[2].sums;
    assert_eq!(march.lost(ChurnClass::Involuntary), Tally { customers: 2, minor: 2000 });
    let other = answer(mrr_movements(&changes(business), &months(MrrProfile::Chartmogul))).unwrap();
    assert_eq!(other.main().unwrap().rows[3].end.minor, 3000);
}

#[test]
fn a_plan_migration_is_flagged_and_no_churn() {
    let mut business = String::new();
    for at in 0..12 {
        // Over the end of a month, with a night between the old contract and the new one.
        business.push_str(&format!(
            "c{at} 2024-01-01 start 10 plan=old subscription=o{at}\nc{at} 2024-01-31T23:00 end 0 subscription=o{at}\n\
             c{at} 2024-02-01T01:00 start 12 plan=new subscription=n{at}\n"
        ));
    }
    business
        .push_str("z 2024-01-01 start 10 plan=old\nz 2024-02-03 end 0\nz 2024-03-01 start 5 plan=new subscription=z2");
    check(
        &business,
        MrrProfile::Regulars,
        "EUR",
        &[
            "2024-01 0 +13000 +0 +0 -0 -0 ~0 =13000 (13)",
            "2024-02 13000 +0 +2400 +0 -0 -1000 ~0 =14400 (12)",
            "2024-03 14400 +0 +0 +500 -0 -0 ~0 =14900 (13)",
        ],
    );
    let ask = of_period("2024-02", "EUR");
    let plans = answer(mrr_plans(&changes(&business), &ask)).unwrap();
    let [migration] = plans.migrations.as_slice() else { panic!("{plans:?}") };
    assert_eq!((migration.from.as_str(), migration.to.as_str(), migration.day), ("old", "new", date("2024-02-01")));
    assert_eq!((migration.before, migration.after_minor), (Tally { customers: 12, minor: 12_000 }, 14_400));
    let ends: Vec<(&str, i64, i64)> =
        plans.plans.iter().map(|one| (one.plan.as_str(), one.start.minor, one.end.minor)).collect();
    assert_eq!(ends, [("new", 0, 14_400), ("old", 13_000, 0)]);
}

fn of_period(text: &str, currency: &str) -> MrrPeriodAsk {
    let currency = currency.parse().unwrap();
    MrrPeriodAsk { period: period(text), profile: MrrProfile::Regulars, currency, scope: Scope::default() }
}

#[test]
fn cohorts_of_revenue() {
    let business = "ana 2024-01-05 start 10\nana 2024-02-01 change 15\nben 2024-01-06 start 10\nben 2024-03-02 end 0\n\
                    cem 2024-02-03 start 20\ncem 2024-04-01 change 20";
    let ask = RevenueCohortsAsk {
        grain: Grain::Month,
        entered: None,
        steps_max: None,
        profile: MrrProfile::Regulars,
        currency: "EUR".parse().ok(),
        scope: Scope::default(),
    };
    let found = answer(revenue_cohorts(&changes(business), &ask)).unwrap();
    let rates = |cells: &[crate::revenue_cohorts::RevenueCell]| {
        let cells = cells.iter().filter(|cell| cell.complete);
        cells.map(|cell| (cell.net().rate().unwrap(), cell.gross().rate().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(rates(&found.rows[0].cells), [(1.0, 1.0), (1.25, 1.0), (0.75, 0.5)]);
    assert_eq!(found.rows[0].began, Tally { customers: 2, minor: 2000 });
    // Pooled: 20 + 20 of 40 at first, then 25 + 20 of 40, then only January is old enough.
    assert_eq!(rates(&found.average), [(1.0, 1.0), (1.125, 1.0), (0.75, 0.5)]);
}

#[test]
fn two_definitions_are_reconciled_down_to_the_subscription() {
    let business = "ana 2024-01-01 start 10\nana 2024-01-20 cancel 10\nana 2024-02-10 end 0\nben 2024-01-01 start 5\n\
                    cem 2024-01-01 start 7\ncem 2024-01-01 invoice failed subscription=cem\nben 2024-02-20 change 5";
    let ask = |a, b| ReconcileAsk {
        period: period("2024-01"),
        a,
        b,
        currency: "EUR".parse().unwrap(),
        scope: Scope::default(),
    };
    let found = answer(reconcile(&changes(business), &ask(MrrProfile::Regulars, MrrProfile::Stripe))).unwrap();
    let line = |name: &str| found.lines.iter().find(|line| line.line == name).map(|line| (line.a.minor, line.b.minor));
    assert_eq!((line("new"), line("end")), (Some((1500, 1200)), Some((1500, 1200))));
    let found: Vec<_> =
        found.subscriptions.iter().map(|one| (one.subscription.as_str(), one.end_minor, one.because.clone())).collect();
    let (because, unpaid) = (vec![Because::ChurnMoment], vec![Because::PastDue]);
    let wanted = [("ana", (1000, 0), because), ("cem", (0, 700), unpaid)];
    assert!(found.len() == 2 && wanted.iter().all(|one| found.contains(one)), "{found:?}");
}

/// One thing that happens to one of three contracts of a customer; the last is in another currency.
type Step = (u8, u8, u8, u8);

fn line(customer: usize, (contract, day, kind, minor): Step, at: usize) -> String {
    let when = format!("{}T{:02}:{:02}", date("2024-01-01").plus(i32::from(day)), at / 60, at % 60);
    let currency = if contract == 2 { "USD" } else { "EUR" };
    let kind = ["start", "change", "pause", "resume", "cancel", "end"][usize::from(kind)];
    let amount = if ["pause", "resume", "end"].contains(&kind) { String::new() } else { format!(" 0.{minor:02}") };
    format!("c{customer} {when} {kind}{amount} subscription=s{customer}-{contract} currency={currency}\n")
}

/// What a customer pays on each morning, in euros and in dollars, counted day by day and apart from the code above.
fn mornings(steps: &[Step], days: i32) -> Vec<[i64; 2]> {
    let mut all = vec![[0i64; 2]];
    let (mut pays, mut known, mut ever) = ([0i64; 3], [0i64; 3], [false; 3]);
    for day in 0..days {
        for (contract, _, kind, minor) in steps.iter().filter(|step| i32::from(step.1) == day) {
            let (one, minor) = (usize::from(*contract), i64::from(*minor));
            if minor > 0 && [0, 1, 4].contains(kind) {
                known[one] = minor;
            }
            match kind {
                0 | 1 => pays[one] = minor,
                2 | 5 => pays[one] = 0,
                3 => pays[one] = known[one],
                _ => pays[one] = if pays[one] > 0 { minor } else { 0 },
            }
            ever[one] |= pays[one] > 0;
        }
        all.push([pays[0] + pays[1], pays[2]]);
    }
    for day in 1..all.len() - 1 {
        let gone = all[day] == [0, 0] && all[day - 1] != [0, 0] && all[day + 1] != [0, 0];
        if gone {
            all[day] = all[day - 1];
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn bridges_close_and_every_number_opens(
        people in prop::collection::vec(prop::collection::vec((0u8..3, 0u8..118, 0u8..6, 1u8..90), 1..14), 1..7),
        weeks in any::<bool>(),
    ) {
        let mut people = people;
        let mut text = "zz 2024-04-30 start 0\n".to_owned();
        for (customer, steps) in people.iter_mut().enumerate() {
            // Whoever resumes what never began would pay an unknown sum: every contract begins on its first day.
            steps.sort_by_key(|step| step.1);
            for contract in 0..3 {
                if let Some(first) = steps.iter_mut().find(|step| step.0 == contract) {
                    first.2 = 0;
                }
            }
            for (at, step) in steps.iter().enumerate() {
                text.push_str(&line(customer, *step, at));
            }
        }
        let business = changes(&text);
        let grain = if weeks { Grain::Week } else { Grain::Month };
        let steps = MrrSteps::Calendar { grain, over: None };
        let ask = MrrAsk { steps, ..MrrAsk::of(period("2024-01")) };
        let found = answer(mrr_movements(&business, &ask)).unwrap();
        let first = date("2024-01-01").0;
        let days: Vec<Vec<[i64; 2]>> = people.iter().map(|steps| mornings(steps, 122)).collect();
        for bridge in &found.bridges {
            let column = usize::from(bridge.currency == "USD");
            for row in &bridge.rows {
                let at = |day: i32| (day - first).clamp(0, 121) as usize;
                let tally = |day: i32| {
                    let each = days.iter().map(|mornings| mornings[at(day)][column]).filter(|minor| *minor > 0);
                    each.fold(Tally::default(), |mut tally, minor| { tally.add(minor); tally })
                };
                let (start, end) = (row.period.start.0, row.period.end.0.min(found.as_of.0));
                prop_assert_eq!((row.start, row.end), (tally(start), tally(end)), "{} {}", bridge.currency, row.period);
                let sums = row.sums;
                prop_assert_eq!(row.end.minor - row.start.minor, sums.gained_minor() - sums.lost_minor() + sums.fx_minor());
                prop_assert!(row.grr().part_minor >= 0 && row.grr().part_minor <= row.grr().whole_minor);
                prop_assert!(row.grr().part_minor <= row.nrr().part_minor);
                prop_assert_eq!(row.grr().part_minor + row.gross_churn().part_minor, row.grr().whole_minor);
                let back = sums.of(MrrMove::Reactivation).minor;
                prop_assert_eq!(row.nrr().part_minor + row.net_churn().part_minor, row.nrr().whole_minor - back);
                let lost: i64 = ChurnClass::ALL.iter().map(|class| sums.lost(*class).minor).sum();
                prop_assert_eq!(lost, sums.of(MrrMove::Churn).minor);
            }
            prop_assert!(bridge.rows.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
        // The same of one period alone, and its people.
        let one = period("2024-02");
        let alone = answer(mrr_movements(&business, &MrrAsk::of(one))).unwrap();
        for bridge in &alone.bridges {
            let row = bridge.rows[0];
            let ask = of_period("2024-02", &bridge.currency);
            let people = |part: MrrPart| answer(mrr_customers(&business, &ask, &part)).unwrap().len() as u64;
            prop_assert_eq!((people(MrrPart::Start), people(MrrPart::End)), (row.start.customers, row.end.customers));
            for what in MrrMove::ALL {
                prop_assert_eq!(people(MrrPart::Moved(what)), row.sums.of(what).customers, "{:?}", what);
            }
            prop_assert_eq!(people(MrrPart::Scheduled), row.sums.scheduled.customers);
            let currency = bridge.currency.parse().unwrap();
            let (a, b) = (MrrProfile::Regulars, MrrProfile::Stripe);
            let compared = answer(reconcile(&business, &ReconcileAsk { period: one, a, b, currency, scope: Scope::default() })).unwrap();
            let apart = |line: &str| {
                let line = compared.lines.iter().find(|other| other.line == line).unwrap();
                line.b.minor - line.a.minor
            };
            let of = |pick: &dyn Fn(&crate::reconcile::Differing) -> (i64, i64)| {
                compared.subscriptions.iter().map(pick).map(|(a, b)| b - a).sum::<i64>()
            };
            prop_assert_eq!((apart("start"), apart("end")), (of(&|one| one.start_minor), of(&|one| one.end_minor)));
        }
    }
}
