//! The subscription business's documented moments, what a survival curve finds again, and what actions do.

use models::survival::{Lifetime, kaplan_meier};
use simulator::{Action, Business, Fact, Life, SaasModel, UpliftClass, What, saas};

use crate::files::settings;
use crate::means::{check, mean};

const DAY: f64 = 86_400e6;

fn lives(business: &Business) -> impl Iterator<Item = Life<'_>> {
    (0..business.settings().customers).filter_map(|customer| business.life(customer))
}

fn days(life: &mut Life<'_>, count: i32) -> Vec<Fact> {
    let until = life.day().plus(count);
    life.live_until(until)
}

/// When the subscription was cancelled, in days.
fn cancelled(facts: &[Fact]) -> Option<f64> {
    let cancel = |fact: &&Fact| matches!(&fact.what, What::Change(change) if change.kind == "cancel");
    facts.iter().find(cancel).map(|fact| fact.at.0 as f64 / DAY)
}

#[test]
fn times_to_a_cancellation_follow_the_planted_hazards() {
    let model = SaasModel::monthly();
    let business = saas(settings(20_000, 2), model.clone()).unwrap();
    let end = business.end().0 as f64 / DAY;
    let mut lifetimes = Vec::new();
    for mut life in lives(&business) {
        let facts = days(&mut life, 1_095);
        let from = life.truth().entered_at.0 as f64 / DAY;
        let until = cancelled(&facts);
        lifetimes.push(Lifetime { duration: until.unwrap_or(end) - from, ended: until.is_some() });
    }
    let curve = kaplan_meier(&mut lifetimes);
    for days in [30.0, 90.0, 180.0, 365.0, 730.0, 1_000.0] {
        let step = curve.steps.iter().rev().find(|step| step.time <= days).unwrap();
        check(
            &format!("share there after {days} days"),
            (step.survival.value, step.standard_error.unwrap()),
            model.expected_survival(days),
        );
    }
}

#[test]
fn cancellations_are_as_many_as_the_hazards_of_the_truth_add_up_to() {
    // A counting process less its compensator has mean 0 and the compensator as its variance (Aalen, Annals of Statistics 6
    // (1978), 701–726): four roots of the expected number.
    let business = saas(settings(6_000, 9), SaasModel::teams()).unwrap();
    let (mut found, mut expected) = (0.0, 0.0);
    for mut life in lives(&business) {
        let facts = days(&mut life, 1_095);
        let is_cancel = |fact: &&Fact| matches!(&fact.what, What::Change(change) if change.kind == "cancel");
        found += facts.iter().filter(is_cancel).count() as f64;
        let entered = business.settings().zone.date(life.truth().entered_at).0 - business.settings().start.0;
        let risk = |run: &simulator::Run| {
            // Of the first day, half on average; each day gives 1 − exp(−h).
            let first = if run.from_day == entered { 0.5 } else { 0.0 };
            -(-run.hazard).exp_m1() * (f64::from(run.to_day - run.from_day) - first)
        };
        expected += life.runs().iter().map(risk).sum::<f64>();
    }
    assert!(expected > 1_000.0 && (found - expected).abs() < 4.0 * f64::sqrt(expected), "{found}, expected {expected}");
}

#[test]
fn paired_runs_differ_by_the_mean_effect_of_the_truth() {
    let model = SaasModel { hazard_scale_days: 200.0, ..SaasModel::monthly() };
    let business = saas(settings(30_000, 6), model).unwrap();
    let action = Action::Discount;
    let mut by_class: std::collections::HashMap<UpliftClass, Vec<(f64, f64)>> = Default::default();
    for mut life in lives(&business) {
        let facts = days(&mut life, 548);
        if !life.is_active() || cancelled(&facts).is_some() {
            continue;
        }
        let truth = *life.effects().iter().find(|truth| truth.action == action).unwrap();
        let mut alone = life.clone();
        let with = cancelled(&[life.step(Some(action)), days(&mut life, truth.days - 1)].concat()).is_none();
        let without = cancelled(&days(&mut alone, truth.days)).is_none();
        let found = f64::from(u8::from(with)) - f64::from(u8::from(without));
        by_class.entry(truth.effect.class).or_default().push((found, truth.with - truth.without));
    }
    assert_eq!(by_class.len(), 4);
    for (class, of) in by_class {
        let (found, error) = mean(&of.iter().map(|one| one.0).collect::<Vec<_>>());
        let wanted = of.iter().map(|one| one.1).sum::<f64>() / of.len() as f64;
        match class {
            UpliftClass::Persuadable | UpliftClass::SleepingDog => {
                assert!((found - wanted).abs() < 4.0 * error, "{class:?}: {found} ± {error}, wanted {wanted}");
                assert!(error < 0.2 * wanted.abs() && (wanted > 0.0) == (class == UpliftClass::Persuadable));
            }
            _ => assert_eq!((found, wanted), (0.0, 0.0)),
        }
    }
}

#[test]
fn payments_fail_and_subscriptions_end_as_often_as_planted() {
    let model = SaasModel { payment_failure: Some([4.0, 36.0]), annual: 0.0, ..SaasModel::teams() };
    let business = saas(settings(3_000, 17), model.clone()).unwrap();
    let (mut failed, mut recovered) = (Vec::new(), Vec::new());
    for mut life in lives(&business) {
        let wanted = life.truth().payment_failure.unwrap();
        for fact in days(&mut life, 1_095) {
            let What::Invoice(invoice) = fact.what else { continue };
            if invoice.attempt == 1 && invoice.outcome != "uncollectible" {
                failed.push(f64::from(u8::from(invoice.outcome == "failed")) - wanted);
            } else if invoice.attempt > 1 && invoice.outcome != "uncollectible" {
                recovered.push(f64::from(u8::from(invoice.outcome == "paid")));
            }
        }
    }
    let (difference, error) = mean(&failed);
    assert!(error < 0.005 && difference.abs() < 4.0 * error, "{difference} ± {error}");
    check("share of retries that succeed", mean(&recovered), model.retry_success);
}

#[test]
fn a_migration_ends_and_starts_in_one_moment_and_is_planted() {
    let business = saas(settings(800, 3), SaasModel::teams()).unwrap();
    let mut moved = 0;
    for mut life in lives(&business) {
        let facts = days(&mut life, 1_095);
        let of = |reason: &str, kind: &str| {
            let is = |fact: &&Fact| matches!(&fact.what, What::Change(c) if c.reason == Some(reason) && c.kind == kind);
            facts.iter().filter(is).map(|fact| fact.at).collect::<Vec<_>>()
        };
        assert_eq!(of("migrated", "end"), of("migrated", "start"));
        let planted = life.planted().into_iter().filter(|planted| planted.kind == "migration").count();
        assert_eq!(of("migrated", "end").len(), planted);
        moved += planted;
    }
    assert!(moved > 50, "{moved}");
}

#[test]
fn what_is_planted_is_what_the_facts_show() {
    // Without a migration, which hands what goes on over to another subscription.
    let model = SaasModel { migration: None, payment_failure: Some([2.0, 18.0]), ..SaasModel::teams() };
    let business = saas(settings(1_500, 23), model).unwrap();
    let zone = business.settings().zone.clone();
    let start = business.settings().start.0;
    let day = |fact: &Fact| zone.date(fact.at).0 - start;
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for mut life in lives(&business) {
        let facts = days(&mut life, 1_095);
        let planted = life.planted();
        let planted_on = |kind: &str| {
            let mut days: Vec<(u32, i32)> =
                planted.iter().filter(|p| p.kind == kind).map(|p| (p.subscription, p.from_day)).collect();
            days.sort_unstable();
            days
        };
        let told_on = |is: &dyn Fn(&What) -> Option<u32>| {
            let mut days: Vec<(u32, i32)> =
                facts.iter().filter_map(|fact| is(&fact.what).map(|number| (number, day(fact)))).collect();
            days.sort_unstable();
            days
        };
        let changes = |kind: &'static str| {
            told_on(&move |what| match what {
                What::Change(change) if change.kind == kind => Some(change.subscription),
                _ => None,
            })
        };
        let failed = told_on(&|what| match what {
            What::Invoice(invoice) if invoice.attempt == 1 && invoice.outcome == "failed" => Some(invoice.subscription),
            _ => None,
        });
        for (kind, told) in [("past_due", failed), ("scheduled_end", changes("cancel")), ("pause", changes("pause"))] {
            assert_eq!(planted_on(kind), told, "{kind} of customer {}", life.customer());
            *seen.entry(kind).or_default() += told.len();
        }
        // A scheduled end is over when the subscription is, or when the run is.
        let ends = changes("end");
        for scheduled in planted.iter().filter(|p| p.kind == "scheduled_end" && p.to_day < 1_095) {
            assert!(ends.contains(&(scheduled.subscription, scheduled.to_day)), "{scheduled:?} {ends:?}");
        }
        // A coupon hides its share of the list price.
        for coupon in planted.iter().filter(|p| p.kind == "coupon") {
            let off = [("WELCOME50", 0.5), ("SPRING20", 0.2), ("PARTNER30", 0.3)];
            let off = off.iter().find(|(code, _)| *code == coupon.detail).unwrap().1;
            assert_eq!(coupon.mrr_before - coupon.mrr_after, coupon.mrr_hidden);
            assert!((coupon.mrr_hidden as f64 - off * coupon.mrr_before as f64).abs() <= 1.0, "{coupon:?}");
            *seen.entry("coupon").or_default() += 1;
        }
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 100), "{seen:?}");
}
