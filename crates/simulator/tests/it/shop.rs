//! The shop's documented moments, what a fit finds again, and what actions do.

use models::purchases::gamma_gamma::{GammaGamma, Spend};
use models::purchases::pareto_nbd::{ParetoNbd, Purchases};
use simulator::{Action, Business, Fact, Life, ShopModel, UpliftClass, What, shop};

use crate::files::settings;
use crate::means::{check, mean};

const DAY: f64 = 86_400e6;

/// Times, in days, and worths of the orders among facts.
fn orders(facts: &[Fact]) -> Vec<(f64, f64)> {
    let paid = |fact: &Fact| match &fact.what {
        What::Order(order) => Some((fact.at.0 as f64 / DAY, (order.amount + order.discount) as f64)),
        _ => None,
    };
    facts.iter().filter_map(paid).collect()
}

fn lives(business: &Business) -> impl Iterator<Item = Life<'_>> {
    (0..business.settings().customers).filter_map(|customer| business.life(customer))
}

fn days(life: &mut Life<'_>, count: i32) -> Vec<Fact> {
    let until = life.day().plus(count);
    life.live_until(until)
}

#[test]
fn repeat_orders_and_worths_have_their_documented_means() {
    let model = ShopModel::pareto_nbd();
    let business = shop(settings(40_000, 5), model.clone()).unwrap();
    let (mut repeats, mut worths) = (Vec::new(), Vec::new());
    for mut life in lives(&business) {
        let mut first = Vec::new();
        while first.is_empty() {
            first = orders(&life.step(None));
        }
        // 364 whole days after the rest of the first one, of which half is left on average.
        repeats.push((first.len() - 1 + orders(&days(&mut life, 364)).len()) as f64);
        worths.push(first[0].1);
    }
    check("repeat orders in 364.5 days", mean(&repeats), model.expected_repeats(364.5));
    check("worth of a first order", mean(&worths), model.value.mean());
}

#[test]
fn a_fit_finds_the_parameters_again() {
    let model = ShopModel::pareto_nbd();
    let business = shop(settings(8_000, 21), model.clone()).unwrap();
    let end = business.end().0 as f64 / DAY;
    let (mut seen, mut spends) = (Vec::new(), Vec::new());
    for mut life in lives(&business) {
        let all = orders(&life.live_until(business.settings().start.plus(1_095)));
        let (first, last) = (all[0].0, all[all.len() - 1].0);
        seen.push(Purchases { repeats: all.len() as u32 - 1, age_at_last: last - first, age: end - first });
        let mean = all.iter().map(|order| order.1).sum::<f64>() / all.len() as f64;
        spends.push(Spend { purchases: all.len() as u32, mean });
    }
    let fit = ParetoNbd::fit(&seen).unwrap();
    let truth = [model.rate_shape, model.rate_scale_days, model.dropout_shape, model.dropout_scale_days];
    let (spend, _) = GammaGamma::fit(&spends).unwrap();
    let names = ["r", "alpha", "s", "beta", "p", "q", "gamma"];
    let fitted = fit.parameters.iter().chain(&spend);
    let truth = truth.into_iter().chain([model.value.p, model.value.q, model.value.gamma]);
    for ((name, fitted), truth) in names.iter().zip(fitted).zip(truth) {
        // 99 %, so that all seven hold in 93 of 100 seeds; and narrow enough to say something.
        let (low, high) = fitted.interval(2.576).unwrap();
        assert!(low < truth && truth < high, "{name}: {truth} outside {low} to {high}");
        assert!(high / low < 2.5, "{name}: {low} to {high} says nothing");
    }
}

/// Orders with and without an action in the days it works, over those active on a day in the middle, and what the truth
/// expects of the difference.
fn played(business: &Business, action: Action) -> Vec<(UpliftClass, f64, f64)> {
    let one = |mut life: Life<'_>| {
        days(&mut life, 548);
        if !life.is_active() {
            return None;
        }
        let truth = *life.effects().iter().find(|truth| truth.action == action)?;
        let mut alone = life.clone();
        let with = [life.step(Some(action)), days(&mut life, truth.days - 1)].concat();
        let without = days(&mut alone, truth.days);
        let found = orders(&with).len() as f64 - orders(&without).len() as f64;
        Some((truth.effect.class, found, truth.with - truth.without))
    };
    lives(business).filter_map(one).collect()
}

#[test]
fn paired_runs_differ_by_the_mean_effect_of_the_truth() {
    // Where nothing else moves, the expectation in the truth is exact.
    let mut model = ShopModel::pareto_nbd();
    model.actions.iter_mut().for_each(|action| action.days = 60);
    let business = shop(settings(40_000, 8), model).unwrap();
    for action in [Action::Reminder, Action::Discount] {
        let played = played(&business, action);
        for class in
            [UpliftClass::Persuadable, UpliftClass::SleepingDog, UpliftClass::SureThing, UpliftClass::LostCause]
        {
            let of: Vec<&(UpliftClass, f64, f64)> = played.iter().filter(|one| one.0 == class).collect();
            let (found, error) = mean(&of.iter().map(|one| one.1).collect::<Vec<_>>());
            let wanted = of.iter().map(|one| one.2).sum::<f64>() / of.len() as f64;
            assert!(of.len() > 50, "{class:?}: {}", of.len());
            assert!((found - wanted).abs() <= 4.0 * error, "{action:?} {class:?}: {found} ± {error}, wanted {wanted}");
            match class {
                UpliftClass::Persuadable => assert!(wanted > 0.05 && error < 0.1 * wanted, "{wanted} ± {error}"),
                UpliftClass::SleepingDog => assert!(wanted < -0.05 && error < -0.2 * wanted, "{wanted} ± {error}"),
                // Common random numbers: not nearly the same, the same.
                _ => assert_eq!((found, error, wanted), (0.0, 0.0, 0.0)),
            }
        }
    }
}

#[test]
fn residual_value_of_a_year_is_what_the_year_brings() {
    let model = ShopModel { returns: 0.0, ..ShopModel::pareto_nbd() };
    let business = shop(settings(30_000, 13), model).unwrap();
    let (mut found, mut wanted) = (Vec::new(), 0.0);
    for mut life in lives(&business) {
        days(&mut life, 1_095);
        wanted += life.truth().residual_year;
        let margin = |fact: &Fact| match &fact.what {
            What::Line(line) => (line.amount - line.quantity * line.unit_cost) as f64,
            _ => 0.0,
        };
        found.push(days(&mut life, 365).iter().map(margin).sum());
    }
    check("margin of the year after", mean(&found), wanted / found.len() as f64);
}

#[test]
fn what_a_discount_gives_away_goes_to_those_who_would_have_bought_as_well() {
    let business = shop(settings(6_000, 3), ShopModel::gifts()).unwrap();
    let mut given = 0;
    for mut life in lives(&business) {
        days(&mut life, 700);
        if !life.is_active() || life.effects()[1].effect.class != UpliftClass::SureThing {
            continue;
        }
        let mut alone = life.clone();
        let with = [life.step(Some(Action::Discount)), days(&mut life, 13)].concat();
        let (with, without) = (orders(&with).len(), orders(&days(&mut alone, 14)).len());
        assert_eq!(with, without, "a sure thing buys as before");
        given += with;
    }
    assert!(given > 20, "{given} orders at a reduced price that nobody needed");
}

#[test]
fn somebody_who_left_may_be_won_back() {
    let business = shop(settings(4_000, 4), ShopModel::gifts()).unwrap();
    let (mut expected, mut back) = (0.0, 0.0);
    for mut life in lives(&business) {
        days(&mut life, 1_000);
        let entered = life.truth().entered_at.0 as f64 / DAY;
        let probability = life.effects()[2].effect.return_probability;
        let is_new = entered > f64::from(life.day().0) - 1.0;
        if life.is_active() || is_new {
            continue;
        }
        life.step(Some(Action::WinBack));
        expected += probability;
        back += f64::from(u8::from(life.is_active()));
    }
    // Those won back leave again on the same day with a probability below a hundredth. Four standard errors of a sum of
    // rare events are four roots of it.
    assert!(expected > 20.0 && (back - expected).abs() < 4.0 * f64::sqrt(expected), "{back} of {expected}");
}
