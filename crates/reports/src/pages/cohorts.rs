//! The Cohorts page: do newer customers stay better than older ones?

use serde::{Deserialize, Serialize};
use terms::{Estimate, Share};

use super::retention::{Cohorts, Survival};
use super::{Brief, Cells, Choice, Counting, Frame, Label, Rule, Slot};

/// All there is on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortsPage {
    /// What stands around the numbers. Its step, way and cells are those of the sentence.
    #[serde(flatten)]
    pub frame: Frame,
    /// In short.
    pub brief: Brief,
    /// The sentence that says what is counted, and what else it could say.
    pub builder: Builder,
    /// The heat table.
    pub cohorts: Slot<Cohorts>,
    /// The average and the chosen cohorts as lines.
    pub curves: Slot<Curves>,
    /// How long customers stay, by the same rule of being here.
    pub survival: Slot<Survival>,
    /// Two groups side by side.
    pub comparison: Slot<Comparison>,
}

/// The sentence: what was chosen of it, and what there is to choose from. What this business has no facts for is not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Builder {
    /// What was chosen, in full: neither word is empty.
    pub counting: Counting,
    /// The same as addresses of people say it: empty where a shop is asked about its orders, as on its other pages.
    pub behind: Counting,
    /// What can make a customer begin.
    pub starts: Vec<String>,
    /// What can make a customer be here.
    pub heres: Vec<String>,
    /// The ways to make rows.
    pub ways: Vec<Choice>,
    /// What cells can say.
    pub cells: Vec<Cells>,
    /// Who counts as staying by what was chosen for being here: decides the words of the curve of staying.
    pub rule: Rule,
}

/// Shares by steps since the beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// The weighted average, then the chosen cohorts in the order of the table.
    pub lines: Vec<Curve>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The key of its row; nothing for the average.
    pub key: Option<String>,
    /// What the person reads.
    pub label: Label,
    /// Steps that are over, with both counts.
    pub points: Vec<(u32, Share)>,
}

/// Two groups side by side: of each the pooled row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Groups to choose from.
    pub choices: Vec<Choice>,
    /// The one.
    pub a: Group,
    /// The other.
    pub b: Group,
    /// Step by step, as far as both are known.
    pub steps: Vec<Compared>,
}

/// One of two groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its value in the list of choices: `all`, `older`, `newer`, or a segment.
    pub value: String,
    /// What the person reads.
    pub label: Label,
    /// The segment its people are in; empty for everybody.
    pub segment: String,
    /// The days in which they began, as an address says them.
    pub began: String,
    /// How many they are.
    pub size: u64,
}

/// One step of two groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Steps since the beginning.
    pub step: u32,
    /// The one.
    pub a: Share,
    /// The other.
    pub b: Share,
    /// How much larger the share of the one is, with its 95 % interval.
    pub difference: Option<Estimate>,
}

/// What an interval says of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// More of the one are here: the whole interval lies above zero.
    More,
    /// Fewer of the one are here: the whole interval lies below zero.
    Fewer,
    /// The interval holds zero, or there is none.
    Unclear,
}

impl Compared {
    /// Whether more or fewer of the one are here, or neither is clear.
    pub fn verdict(&self) -> Verdict {
        match self.difference {
            Some(found) if found.low > 0.0 => Verdict::More,
            Some(found) if found.high < 0.0 => Verdict::Fewer,
            _ => Verdict::Unclear,
        }
    }
}

/// How much larger the share of one group is than that of another, where the other may be a part of it.
///
/// Two groups of different people: Newcombe's interval. Where `b` is a part of `a` the two are not independent: then
/// `a` is `b` and the rest, so that a − b = (rest − b) · |rest| / |a|, and the interval of the rest against `b` is scaled.
pub fn difference(a: Share, b: Share, part_of: bool) -> Option<Estimate> {
    if !part_of {
        return models::interval::difference(a, b);
    }
    let rest = Share { part: a.part.checked_sub(b.part)?, whole: a.whole.checked_sub(b.whole)? };
    if rest.part > rest.whole {
        return None;
    }
    let found = models::interval::difference(rest, b)?;
    let scale = rest.whole as f64 / a.whole as f64;
    Some(Estimate { value: found.value * scale, low: found.low * scale, high: found.high * scale })
}

/// The same the other way round.
pub fn turned(found: Estimate) -> Estimate {
    Estimate { value: -found.value, low: -found.high, high: -found.low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(part: u64, whole: u64) -> Share {
        Share { part, whole }
    }

    #[test]
    fn a_part_is_compared_with_the_rest_of_the_whole() {
        // 30 of 100 are here, 20 of 40 in the part, so 10 of 60 in the rest: 0.3 − 0.5 = (10/60 − 20/40) · 60/100.
        let found = difference(share(30, 100), share(20, 40), true).unwrap();
        let rest = models::interval::difference(share(10, 60), share(20, 40)).unwrap();
        assert!((found.value + 0.2).abs() < 1e-12);
        assert!((found.low - rest.low * 0.6).abs() < 1e-12 && (found.high - rest.high * 0.6).abs() < 1e-12);
        // Everybody against everybody: nobody is left to compare with.
        assert_eq!(difference(share(3, 9), share(3, 9), true), None);
        assert_eq!(difference(share(3, 9), share(4, 9), true), None);
        assert_eq!(turned(turned(found)), found);
    }

    #[test]
    fn only_an_interval_without_zero_is_a_difference() {
        let verdict = |a, b| {
            let step = Compared { step: 1, a, b, difference: difference(a, b, false) };
            step.verdict()
        };
        assert_eq!(verdict(share(56, 70), share(48, 80)), Verdict::More);
        assert_eq!(verdict(share(48, 80), share(56, 70)), Verdict::Fewer);
        assert_eq!(verdict(share(5, 56), share(0, 29)), Verdict::Unclear);
        assert_eq!(verdict(share(5, 56), share(0, 0)), Verdict::Unclear);
    }
}
