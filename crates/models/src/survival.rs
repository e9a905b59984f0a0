//! How long things last when some of them are still going: the product-limit estimate.

use serde::{Deserialize, Serialize};
use terms::Estimate;

use crate::Z_95;

/// One observed lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lifetime {
    /// How long it lasted, or has lasted so far.
    pub duration: f64,
    /// Whether it ended; otherwise it was still going when we last looked (censored).
    pub ended: bool,
}

/// A time at which something ended or was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The time.
    pub time: f64,
    /// How many had lasted until just before it.
    pub at_risk: u64,
    /// How many ended at it.
    pub events: u64,
    /// How many were last seen at it, still going.
    pub censored: u64,
    /// The share that lasts beyond it, with its 95 % log-log interval.
    pub survival: Estimate,
    /// Greenwood's standard error of that share; nothing once the share is zero.
    pub standard_error: Option<f64>,
}

/// A survival curve: a step function that starts at 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Survival {
    /// The steps, by time. Times at which everybody was merely last seen are kept: they change who is at risk.
    pub steps: Vec<Step>,
    /// How many lifetimes there are.
    pub total: u64,
    /// How many of them ended.
    pub events: u64,
}

/// When a curve falls to a level, with the interval of that time; an end is nothing where the curve never gets there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// The first time at which the curve is at or below the level.
    pub time: f64,
    /// The first time at which the lower limit is.
    pub low: Option<f64>,
    /// The first time at which the upper limit is.
    pub high: Option<f64>,
}

/// Products of shares that should be ½ come out as 0.5000000000000001: levels are compared with this slack, far below
/// any share that counts can make (1/n for n under a thousand million).
const SLACK: f64 = 1e-11;

impl Survival {
    /// The share that lasts beyond `time`; 1 before the first step.
    pub fn at(&self, time: f64) -> Estimate {
        let step = self.steps.partition_point(|step| step.time <= time);
        step.checked_sub(1).map_or(Estimate { value: 1.0, low: 1.0, high: 1.0 }, |last| self.steps[last].survival)
    }

    /// How many had lasted until just before `time`.
    pub fn at_risk(&self, time: f64) -> u64 {
        self.steps.get(self.steps.partition_point(|step| step.time < time)).map_or(0, |step| step.at_risk)
    }

    /// When the curve falls to `level` (0.5 for the median); nothing when it never does. The interval inverts the
    /// log-log limits: Brookmeyer & Crowley, Biometrics 38 (1982), 29–41.
    pub fn falls_to(&self, level: f64) -> Option<Crossing> {
        let first = |of: fn(&Estimate) -> f64| {
            self.steps.iter().find(|step| of(&step.survival) <= level + SLACK).map(|step| step.time)
        };
        Some(Crossing { time: first(|s| s.value)?, low: first(|s| s.low), high: first(|s| s.high) })
    }

    /// The time half of them outlast.
    pub fn median(&self) -> Option<Crossing> {
        self.falls_to(0.5)
    }
}

/// The product-limit estimate. Sorts the lifetimes; those that end and those last seen at one time tie, and the ends
/// come first.
///
/// ```text
/// S(t) = Π_{tᵢ ≤ t} (1 − dᵢ/nᵢ)         Kaplan & Meier, JASA 53 (1958), 457–481
/// se   = S·√(Σ dᵢ/(nᵢ(nᵢ − dᵢ)))        Greenwood (1926)
/// ends = S^exp(±z·√(Σ dᵢ/(nᵢ(nᵢ − dᵢ)))/ln S)   log-log: Kalbfleisch & Prentice (1980)
/// ```
///
/// The log-log interval is used because it stays inside [0, 1] and holds its coverage in small samples (Borgan &
/// Liestøl, Scandinavian Journal of Statistics 17 (1990), 35–41).
pub fn kaplan_meier(lifetimes: &mut [Lifetime]) -> Survival {
    lifetimes.sort_unstable_by(|a, b| a.duration.total_cmp(&b.duration));
    let mut curve = Curve::new(lifetimes.len() as u64);
    for group in lifetimes.chunk_by(|a, b| a.duration == b.duration) {
        let ended = group.iter().filter(|lifetime| lifetime.ended).count() as u64;
        curve.step(group[0].duration, ended, group.len() as u64 - ended);
    }
    curve.done
}

/// The same for whole durations that are already counted: `ended[t]` and `censored[t]` lifetimes of length `t`. Linear
/// in the longest duration, whatever the number of customers.
pub fn kaplan_meier_of_counts(ended: &[u64], censored: &[u64]) -> Survival {
    let mut curve = Curve::new(ended.iter().chain(censored).sum());
    for time in 0..ended.len().max(censored.len()) {
        let at = |counts: &[u64]| counts.get(time).copied().unwrap_or(0);
        let (ended, censored) = (at(ended), at(censored));
        if ended + censored > 0 {
            curve.step(time as f64, ended, censored);
        }
    }
    curve.done
}

/// A curve being drawn from left to right.
struct Curve {
    done: Survival,
    at_risk: u64,
    survival: f64,
    greenwood: f64,
}

impl Curve {
    fn new(total: u64) -> Curve {
        let done = Survival { steps: Vec::new(), total, events: 0 };
        Curve { done, at_risk: total, survival: 1.0, greenwood: 0.0 }
    }

    fn step(&mut self, time: f64, events: u64, censored: u64) {
        let (n, d) = (self.at_risk as f64, events as f64);
        self.survival *= (n - d) / n;
        self.greenwood += if d > 0.0 { d / (n * (n - d)) } else { 0.0 };
        let alive = self.survival > 0.0;
        self.done.steps.push(Step {
            time,
            at_risk: self.at_risk,
            events,
            censored,
            survival: self.interval(),
            standard_error: alive.then(|| self.survival * self.greenwood.sqrt()),
        });
        self.done.events += events;
        self.at_risk -= events + censored;
    }

    fn interval(&self) -> Estimate {
        let value = self.survival;
        if value <= 0.0 || value >= 1.0 {
            return Estimate { value, low: value, high: value };
        }
        let width = Z_95 * self.greenwood.sqrt() / value.ln().abs();
        Estimate { value, low: value.powf(width.exp()), high: value.powf((-width).exp()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;
    use proptest::prelude::*;

    /// STATISTICS §G 8 asks for 1e-10.
    const TOLERANCE: f64 = 1e-10;

    fn near(found: f64, wanted: &serde_json::Value, what: &str) {
        let wanted = wanted.as_f64().unwrap();
        assert!((found - wanted).abs() < TOLERANCE, "{what}: found {found}, wanted {wanted}");
    }

    /// One set of the reference file against our curve.
    fn check(key: &str, lifetimes: &mut [Lifetime]) {
        let Some(all) = reference::json("reference/survival.json") else { return };
        let wanted = &all["km"][key];
        let found = kaplan_meier(lifetimes);
        assert_eq!(found.total, wanted["n"].as_u64().unwrap(), "{key}");
        assert_eq!(found.events, wanted["events"].as_u64().unwrap(), "{key}");
        for row in wanted["table"].as_array().unwrap() {
            let time = row["t"].as_f64().unwrap();
            let at = found.at(time);
            assert_eq!(found.at_risk(time), row["at_risk"].as_u64().unwrap(), "{key} at {time}");
            near(at.value, &row["survival"], key);
            near(at.low, &row["ci_loglog_lower"], key);
            near(at.high, &row["ci_loglog_upper"], key);
            let step = found.steps.iter().find(|step| step.time == time);
            if let (Some(se), false) = (step.and_then(|s| s.standard_error), row["greenwood_se"].is_null()) {
                near(se, &row["greenwood_se"], key);
            }
        }
        // The file writes "inf" as text where a level is never reached.
        assert_eq!(found.median().map(|m| m.time), wanted["median"].as_f64().filter(|m| m.is_finite()), "{key}");
        let ends = &wanted["median_ci95"];
        assert_eq!(found.median().and_then(|m| m.low), ends[0].as_f64(), "{key}");
        if found.median().is_some() {
            assert_eq!(found.median().and_then(|m| m.high), ends[1].as_f64(), "{key}");
        }
        assert_eq!(found.falls_to(0.75).map(|c| c.time), wanted["percentile_75"].as_f64(), "{key}");
        assert_eq!(found.falls_to(0.25).map(|c| c.time), wanted["percentile_25"].as_f64(), "{key}");
    }

    fn lifetimes(path: &str, names: &[&str], keep: impl Fn(&[String]) -> bool) -> Option<Vec<Lifetime>> {
        let rows = reference::columns(path, names)?;
        let kept = rows.iter().filter(|row| keep(row));
        let read = |row: &Vec<String>| Lifetime {
            duration: row[0].parse().unwrap(),
            ended: row[1].parse::<f64>().unwrap() == 1.0,
        };
        Some(kept.map(read).collect())
    }

    #[test]
    fn the_reference_curves() {
        for (key, file, names) in [
            ("rossi", "survival/rossi.csv", vec!["week", "arrest"]),
            ("lung", "survival/lung.csv", vec!["time", "status"]),
            ("larynx", "survival/larynx.csv", vec!["time", "death"]),
            ("waltons_all", "survival/waltons.csv", vec!["T", "E"]),
        ] {
            let Some(mut set) = lifetimes(file, &names, |_| true) else { return };
            check(key, &mut set);
        }
        let names = ["T", "E", "group"];
        for (key, group) in [("waltons_control", "control"), ("waltons_miR137", "miR-137")] {
            let Some(mut set) = lifetimes("survival/waltons.csv", &names, |row| row[2] == group) else { return };
            check(key, &mut set);
        }
    }

    #[test]
    fn by_hand() {
        // 5 people: ends at 1 and 3, last seen at 2, 3 and 4. S(1) = 4/5, S(3) = 4/5 · 2/3 = 8/15.
        let mut set: Vec<Lifetime> = [(1.0, true), (2.0, false), (3.0, true), (3.0, false), (4.0, false)]
            .map(|(duration, ended)| Lifetime { duration, ended })
            .to_vec();
        let found = kaplan_meier(&mut set);
        assert!((found.at(3.5).value - 8.0 / 15.0).abs() < 1e-15);
        assert_eq!(found.at(0.5).value, 1.0);
        assert_eq!((found.at_risk(2.5), found.at_risk(3.0), found.at_risk(4.1)), (3, 3, 0));
        assert_eq!(found.median(), None);
    }

    #[test]
    fn nobody_and_everybody() {
        assert_eq!(kaplan_meier(&mut []), Survival::default());
        let found = kaplan_meier_of_counts(&[0, 2], &[]);
        assert_eq!(found.at(1.0), Estimate { value: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(found.median().map(|m| m.time), Some(1.0));
        let nobody_left = kaplan_meier_of_counts(&[], &[0, 0, 3]);
        assert_eq!((nobody_left.at(9.0).value, nobody_left.events), (1.0, 0));
    }

    proptest! {
        #[test]
        fn counted_and_listed_lifetimes_agree(set in prop::collection::vec((0u16..40, any::<bool>()), 0..200)) {
            let mut listed: Vec<Lifetime> =
                set.iter().map(|(t, ended)| Lifetime { duration: f64::from(*t), ended: *ended }).collect();
            let (mut ended, mut censored) = (vec![0u64; 40], vec![0u64; 40]);
            for (t, is_end) in &set {
                if *is_end { ended[usize::from(*t)] += 1 } else { censored[usize::from(*t)] += 1 }
            }
            prop_assert_eq!(kaplan_meier(&mut listed), kaplan_meier_of_counts(&ended, &censored));
        }

        #[test]
        fn without_censoring_it_is_the_share_still_there(times in prop::collection::vec(0u8..30, 1..100)) {
            let mut set: Vec<Lifetime> =
                times.iter().map(|t| Lifetime { duration: f64::from(*t), ended: true }).collect();
            let found = kaplan_meier(&mut set);
            for t in 0..30u8 {
                let there = times.iter().filter(|time| **time > t).count() as f64 / times.len() as f64;
                // At most 30 factors, each off by one unit in the last place.
                prop_assert!((found.at(f64::from(t)).value - there).abs() < 1e-14);
            }
            prop_assert!(found.steps.windows(2).all(|pair| pair[1].survival.value <= pair[0].survival.value));
        }
    }
}
