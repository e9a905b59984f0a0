//! Grids of RFM groups: each of the 125 cells has exactly one name.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::MetricError;

/// A ready-made set of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub enum Preset {
    /// Ten groups by recency and by the mean of frequency and spend.
    #[default]
    #[serde(rename = "regulars")]
    Regulars,
    /// The eleven groups of Shopify's customer report; the eleventh is people without orders.
    #[serde(rename = "shopify-11")]
    Shopify11,
    /// The ten groups of the classic grid, by recency and frequency alone.
    #[serde(rename = "classic-10")]
    Classic10,
    /// The six groups of Klaviyo's report, from scores of three.
    #[serde(rename = "klaviyo-6")]
    Klaviyo6,
}

/// How a group is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Buying well.
    Kept,
    /// Slowing down.
    Watch,
    /// Slipping away.
    Lost,
}

/// One group of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Group {
    /// Its name for programs, and the key of its words in every language.
    pub id: &'static str,
    /// Its English name.
    pub title: &'static str,
    /// How it is doing.
    pub family: Family,
}

const fn group(id: &'static str, title: &'static str, family: Family) -> Group {
    Group { id, title, family }
}

use Family::{Kept, Lost, Watch};

const TEN: [Group; 10] = [
    group("champions", "Champions", Kept),
    group("loyal", "Loyal", Kept),
    group("potential", "Could be loyal", Kept),
    group("new", "New", Kept),
    group("promising", "Promising", Kept),
    group("need_attention", "Need attention", Watch),
    group("about_to_sleep", "Drifting away", Watch),
    group("at_risk", "At risk", Lost),
    group("cannot_lose", "Can't lose", Lost),
    group("hibernating", "Asleep", Lost),
];

const SHOPIFY: [Group; 11] = [
    group("champions", "Champions", Kept),
    group("loyal", "Loyal", Kept),
    group("active", "Active", Kept),
    group("new", "New", Kept),
    group("promising", "Promising", Kept),
    group("needs_attention", "Needs attention", Watch),
    group("almost_lost", "Almost lost", Watch),
    group("at_risk", "At risk", Lost),
    group("previously_loyal", "Previously loyal", Lost),
    group("dormant", "Dormant", Lost),
    group("prospects", "Prospects", Watch),
];

const KLAVIYO: [Group; 6] = [
    group("champions", "Champions", Kept),
    group("loyal", "Loyal", Kept),
    group("recent", "Recent", Kept),
    group("needs_attention", "Needs attention", Watch),
    group("at_risk", "At risk", Lost),
    group("inactive", "Inactive", Lost),
];

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 4] = [Preset::Regulars, Preset::Shopify11, Preset::Classic10, Preset::Klaviyo6];

    /// Its name for programs.
    pub fn id(self) -> &'static str {
        match self {
            Preset::Regulars => "regulars",
            Preset::Shopify11 => "shopify-11",
            Preset::Classic10 => "classic-10",
            Preset::Klaviyo6 => "klaviyo-6",
        }
    }

    /// Its groups, best first.
    pub fn groups(self) -> &'static [Group] {
        match self {
            Preset::Regulars | Preset::Classic10 => &TEN,
            Preset::Shopify11 => &SHOPIFY,
            Preset::Klaviyo6 => &KLAVIYO,
        }
    }

    /// The group of that name.
    pub fn group(self, id: &str) -> Result<&'static Group, MetricError> {
        self.groups().iter().find(|group| group.id == id).ok_or_else(|| MetricError::UnknownGroup(id.to_owned()))
    }

    /// The group of people without an order, where the grid has one.
    pub fn without_orders(self) -> Option<&'static Group> {
        (self == Preset::Shopify11).then(|| &SHOPIFY[10])
    }

    /// The group of a cell. Scores are 1 to 5, 5 is best; anything else is taken as the nearest.
    ///
    /// `regulars` and `shopify-11` look at recency and at the mean of frequency and spend, halves rounded up;
    /// `classic-10` at recency and frequency; `klaviyo-6` at thirds of both. The names and what they stand for are
    /// their owners'; where they publish no borders (Shopify for groups of equal description, Klaviyo), these are ours.
    pub fn cell(self, recency: u8, frequency: u8, monetary: u8) -> &'static Group {
        let within = |score: u8| score.clamp(1, 5);
        let (r, f, m) = (within(recency), within(frequency), within(monetary));
        let mean = (f + m).div_ceil(2);
        match self {
            Preset::Regulars => &TEN[place(r, mean)],
            Preset::Classic10 => &TEN[place(r, f)],
            Preset::Shopify11 => &SHOPIFY[place(r, mean)],
            Preset::Klaviyo6 => &KLAVIYO[klaviyo(third(r), third(mean))],
        }
    }
}

/// The place in a grid of ten: days since the last order against how much of a customer somebody is.
fn place(r: u8, value: u8) -> usize {
    match (r, value) {
        (5, 4 | 5) => 0,
        (3 | 4, 4 | 5) => 1,
        (4 | 5, 2 | 3) => 2,
        (5, _) => 3,
        (4, _) => 4,
        (3, 3) => 5,
        (3, _) => 6,
        (_, 3 | 4) => 7,
        (_, 5) => 8,
        _ => 9,
    }
}

/// A score of five as one of three.
fn third(score: u8) -> u8 {
    match score {
        1..=2 => 1,
        3 => 2,
        _ => 3,
    }
}

fn klaviyo(r: u8, value: u8) -> usize {
    match (r, value) {
        (3, 3) => 0,
        (3, 2) | (2, 3) => 1,
        (3, _) => 2,
        (2, _) => 3,
        (_, 2..) => 4,
        _ => 5,
    }
}

impl FromStr for Preset {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Preset, MetricError> {
        let known = Preset::ALL.into_iter().find(|preset| preset.id() == text);
        known.ok_or_else(|| MetricError::UnknownGroup(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_cell_has_one_group_and_every_group_a_cell() {
        for preset in Preset::ALL {
            let mut reached = HashSet::new();
            for cell in 0..125u8 {
                let (r, f, m) = (cell / 25 + 1, cell / 5 % 5 + 1, cell % 5 + 1);
                let group = preset.cell(r, f, m);
                assert_eq!(preset.group(group.id).unwrap(), group);
                reached.insert(group.id);
            }
            reached.extend(preset.without_orders().map(|group| group.id));
            let named: HashSet<_> = preset.groups().iter().map(|group| group.id).collect();
            assert_eq!(reached, named, "{}", preset.id());
            assert_eq!(named.len(), preset.groups().len());
            assert_eq!(preset.id().parse::<Preset>().unwrap(), preset);
        }
    }

    fn check(preset: Preset, cells: &[(u8, u8, u8, &str)]) {
        for (r, f, m, id) in cells {
            assert_eq!(preset.cell(*r, *f, *m).id, *id, "{} {r}{f}{m}", preset.id());
        }
    }

    #[test]
    fn cells_as_people_know_them() {
        check(
            Preset::Classic10,
            &[
                (5, 5, 1, "champions"),
                (1, 1, 5, "hibernating"),
                (2, 5, 1, "cannot_lose"),
                (3, 3, 1, "need_attention"),
                (4, 1, 1, "promising"),
                (5, 1, 5, "new"),
                (2, 3, 3, "at_risk"),
                (3, 2, 5, "about_to_sleep"),
                (4, 3, 3, "potential"),
                (4, 4, 1, "loyal"),
            ],
        );
        // One order of a large sum: the mean of 1 and 5 is 3.
        check(
            Preset::Regulars,
            &[
                (5, 5, 5, "champions"),
                (5, 1, 5, "potential"),
                (1, 1, 1, "hibernating"),
                (1, 5, 5, "cannot_lose"),
                (5, 1, 1, "new"),
                (5, 1, 2, "potential"),
            ],
        );
        check(
            Preset::Shopify11,
            &[
                (5, 5, 5, "champions"),
                (1, 5, 5, "previously_loyal"),
                (3, 1, 1, "almost_lost"),
                (1, 1, 1, "dormant"),
                (4, 2, 3, "active"),
            ],
        );
        check(
            Preset::Klaviyo6,
            &[
                (5, 5, 5, "champions"),
                (3, 5, 5, "loyal"),
                (5, 1, 1, "recent"),
                (3, 2, 2, "needs_attention"),
                (1, 4, 4, "at_risk"),
                (1, 1, 1, "inactive"),
            ],
        );
    }

    #[test]
    fn better_scores_never_make_a_kept_customer_lost() {
        let rank = |family: Family| [Lost, Watch, Kept].iter().position(|other| *other == family);
        for preset in Preset::ALL {
            for (f, m) in (1..=5).flat_map(|f| (1..=5).map(move |m| (f, m))) {
                let families: Vec<_> = (1..=5).map(|r| rank(preset.cell(r, f, m).family)).collect();
                assert!(families.is_sorted(), "{} f{f} m{m}: {families:?}", preset.id());
            }
        }
    }
}
