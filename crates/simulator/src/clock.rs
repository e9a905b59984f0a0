//! The days of a run: when each begins in the business's zone, and which season it is.

use serde::Serialize;
use terms::{Date, Instant, Zone};

const SECOND: i64 = 1_000_000;

/// Seasons have mean 1 over the four years from 2021-01-01.
const MEAN_FROM: Date = Date(18_628);
const MEAN_DAYS: i32 = 1_461;

/// A factor on demand for every day of a calendar: months, days of the week, and sales.
///
/// ```text
/// factor(day) = month · weekday · (sale, inside one) / mean over the 1,461 days from 2021-01-01
/// ```
///
/// so that its mean is 1 over four years, and over one to a few parts in a thousand (sales move against weekdays).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Season {
    /// January to December.
    pub months: [f64; 12],
    /// Monday to Sunday.
    pub weekdays: [f64; 7],
    /// Sales of the house.
    pub sales: &'static [Sale],
}

/// Days of the year on which everything is cheaper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sale {
    /// Its coupon code.
    pub code: &'static str,
    /// First month and day.
    pub from: (u32, u32),
    /// Last month and day, included; in the same year.
    pub to: (u32, u32),
    /// Factor on demand.
    pub demand: f64,
    /// What is taken off, as a share of the price.
    pub off: f64,
}

impl Season {
    /// Every day like every other.
    pub fn flat() -> Season {
        Season { months: [1.0; 12], weekdays: [1.0; 7], sales: &[] }
    }

    /// A gift shop: full before Christmas, quiet in summer, busier at weekends, two sales a year.
    pub fn gifts() -> Season {
        Season {
            months: [0.85, 0.85, 0.90, 0.95, 0.95, 0.85, 0.80, 0.85, 0.95, 1.05, 1.45, 1.60],
            weekdays: [0.95, 0.90, 0.90, 0.95, 1.00, 1.15, 1.15],
            sales: &[
                Sale { code: "SUMMER15", from: (6, 20), to: (7, 3), demand: 1.3, off: 0.15 },
                Sale { code: "BLACK20", from: (11, 24), to: (11, 30), demand: 1.6, off: 0.20 },
            ],
        }
    }

    /// The sale of a day, if any.
    pub fn sale(&self, date: Date) -> Option<&Sale> {
        let (_, month, day) = date.civil();
        self.sales.iter().find(|sale| sale.from <= (month, day) && (month, day) <= sale.to)
    }

    fn raw(&self, date: Date) -> f64 {
        let (_, month, _) = date.civil();
        let weekday = (date.0 + 3).rem_euclid(7); // 1970-01-01 was a Thursday
        let sale = self.sale(date).map_or(1.0, |sale| sale.demand);
        self.months[month as usize - 1] * self.weekdays[weekday as usize] * sale
    }
}

/// The days of a run, counted from 0.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Date,
    zone: Zone,
    /// The first instants of days, one more than there are days.
    starts: Vec<Instant>,
    factors: Vec<f64>,
    season: Season,
    mean: f64,
}

impl Clock {
    pub(crate) fn new(start: Date, days: i32, zone: Zone, season: Season) -> Clock {
        let mean = (0..MEAN_DAYS).map(|day| season.raw(MEAN_FROM.plus(day))).sum::<f64>() / f64::from(MEAN_DAYS);
        let starts = (0..=days).map(|day| zone.start_of(start.plus(day))).collect();
        let factors = (0..days).map(|day| season.raw(start.plus(day)) / mean).collect();
        Clock { start, zone, starts, factors, season, mean }
    }

    pub(crate) fn date(&self, day: i32) -> Date {
        self.start.plus(day)
    }

    /// The first instant of a day; days after the run are worked out when asked for.
    pub(crate) fn begins(&self, day: i32) -> Instant {
        let known = usize::try_from(day).ok().and_then(|day| self.starts.get(day).copied());
        known.unwrap_or_else(|| self.zone.start_of(self.date(day)))
    }

    /// The instant at which this share of a day is over, to the second.
    pub(crate) fn at(&self, day: i32, share: f64) -> Instant {
        let (from, to) = (self.begins(day), self.begins(day + 1));
        let seconds = ((to.0 - from.0) as f64 * share) as i64 / SECOND;
        Instant(from.0 + seconds * SECOND)
    }

    pub(crate) fn factor(&self, day: i32) -> f64 {
        let known = usize::try_from(day).ok().and_then(|day| self.factors.get(day).copied());
        known.unwrap_or_else(|| self.season.raw(self.date(day)) / self.mean)
    }

    /// Mean over the days of what a sale takes off, weighed by demand.
    pub(crate) fn mean_off(&self) -> f64 {
        let off = |date: Date| self.season.sale(date).map_or(0.0, |sale| sale.off * self.season.raw(date));
        (0..MEAN_DAYS).map(|day| off(MEAN_FROM.plus(day))).sum::<f64>() / (self.mean * f64::from(MEAN_DAYS))
    }

    pub(crate) fn sale(&self, day: i32) -> Option<&Sale> {
        self.season.sale(self.date(day))
    }
}

/// The instant so many hours later, to the second.
pub(crate) fn hours_after(at: Instant, hours: f64) -> Instant {
    Instant(at.0 + (hours * 3600.0) as i64 * SECOND)
}

/// The hour of the day at which the share `u` of a day's visits is over, as a share of the day: hardly anybody at night,
/// most in the evening. It only moves things within their day, and never past one another.
pub(crate) fn waking(u: f64) -> f64 {
    // Cumulative shares at 0, 6, 9, 12, 18, 22 and 24 o'clock.
    const HOURS: [f64; 7] = [0.0, 6.0, 9.0, 12.0, 18.0, 22.0, 24.0];
    const SHARES: [f64; 7] = [0.0, 0.03, 0.13, 0.30, 0.62, 0.94, 1.0];
    let at = SHARES.partition_point(|share| *share <= u).clamp(1, 6);
    let inside = (u - SHARES[at - 1]) / (SHARES[at] - SHARES[at - 1]);
    (HOURS[at - 1] + inside * (HOURS[at] - HOURS[at - 1])) / 24.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_season_has_mean_one_and_its_days_follow_the_zone() {
        let zone: Zone = "Europe/Helsinki".parse().unwrap();
        let clock = Clock::new("2021-01-01".parse().unwrap(), 1_461, zone, Season::gifts());
        let mean = (0..1_461).map(|day| clock.factor(day)).sum::<f64>() / 1_461.0;
        assert!((mean - 1.0).abs() < 1e-12, "{mean}");
        // 2021-03-28 has 23 hours there: half of it is over at 11:30 after midnight, 09:30 UTC.
        let day = 86;
        assert_eq!(clock.date(day).to_string(), "2021-03-28");
        assert_eq!(clock.at(day, 0.5).0 - clock.begins(day).0, 11 * 3_600 * SECOND + 1_800 * SECOND);
        // What was worked out beforehand and what is worked out later agree.
        let short = Clock::new("2021-01-01".parse().unwrap(), 10, clock.zone.clone(), Season::gifts());
        assert_eq!((short.begins(day), short.factor(day)), (clock.begins(day), clock.factor(day)));
        assert_eq!(clock.sale(330).map(|sale| sale.code), Some("BLACK20"));
    }

    #[test]
    fn the_waking_day_keeps_its_order_and_its_ends() {
        let hours: Vec<f64> = (0..=1_000).map(|step| waking(f64::from(step) / 1_000.0)).collect();
        assert!(hours.is_sorted());
        assert_eq!((hours[0], hours[1_000]), (0.0, 1.0));
        assert!((waking(0.30) - 0.5).abs() < 1e-12, "30 % of the visits before noon");
    }
}
