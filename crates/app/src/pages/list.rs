//! Lists of customers: filtered, sorted and cut into pages the same way wherever they are shown.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use metrics::people::Person;
use reports::pages::ListAsked;
use terms::{Date, Money};

use super::ground::Ground;
use super::names::{Name, names};
use crate::Problem;

/// One customer of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub key: u32,
    pub orders: u64,
    /// Refunds taken off.
    pub spend: Money,
    pub first_order: Option<Date>,
    pub last_order: Option<Date>,
    /// From the last order to the last day with data.
    pub days_since: u32,
    /// In days, where the list is about rhythms.
    pub usual_gap: Option<f64>,
    /// Who it is; looked up when somebody will see it.
    pub name: Option<Name>,
}

impl Line {
    pub fn of(person: &Person, ground: &Ground) -> Line {
        Line {
            key: person.customer,
            orders: u64::from(person.orders),
            spend: ground.money(person.spend_minor.saturating_sub(person.refunded_minor)),
            first_order: person.first_order,
            last_order: person.last_order,
            days_since: person.days_since_last_order.unwrap_or_default().max(0) as u32,
            usual_gap: None,
            name: None,
        }
    }

    /// The identifier of the source.
    pub fn id(&self) -> String {
        self.name.as_ref().map(|name| name.id.clone()).unwrap_or_default()
    }

    pub fn called(&self) -> Option<String> {
        self.name.as_ref().and_then(|name| name.name.clone())
    }

    pub fn country(&self) -> Option<String> {
        self.name.as_ref().and_then(|name| name.country.clone())
    }

    fn times_over(&self) -> f64 {
        self.usual_gap.filter(|gap| *gap > 0.0).map_or(0.0, |gap| f64::from(self.days_since) / gap)
    }
}

/// What somebody wants to see of a list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    pub q: &'a str,
    pub country: &'a str,
    pub sort: &'a str,
    pub dir: &'a str,
    pub page: u32,
    pub page_rows: u32,
}

/// Columns lists can be sorted by. The first is the usual one.
const SORTS: [&str; 9] =
    ["spend", "customer", "country", "days_since", "usual_gap", "times_over", "orders", "first_order", "last_order"];

impl Wanted<'_> {
    fn sort(&self) -> &'static str {
        SORTS.into_iter().find(|sort| *sort == self.sort).unwrap_or(SORTS[0])
    }

    fn ascending(&self) -> bool {
        self.dir == "asc"
    }

    /// Whether who they are decides which rows are seen.
    fn by_name(&self) -> bool {
        !self.q.trim().is_empty() || !self.country.is_empty() || ["customer", "country"].contains(&self.sort())
    }

    fn asked(&self, page: u32) -> ListAsked {
        ListAsked {
            q: self.q.to_owned(),
            country: self.country.to_owned(),
            sort: self.sort().to_owned(),
            ascending: self.ascending(),
            page,
            page_rows: self.page_rows,
        }
    }
}

/// A page of a list.
pub(super) struct Shown {
    /// Its rows, with names.
    pub lines: Vec<Line>,
    /// Rows in all, after the filters.
    pub total: u64,
    /// What all of them have spent, in minor units.
    pub spend_minor: i64,
    /// The list as asked.
    pub asked: ListAsked,
}

/// Filters, sorts and cuts. Names are looked up for the rows of the page alone, unless they decide which those are.
pub(super) async fn show(ground: &Ground, mut lines: Vec<Line>, wanted: &Wanted<'_>) -> Result<Shown, Problem> {
    let whole = wanted.by_name();
    if whole {
        name_all(ground, &mut lines).await?;
        filter(&mut lines, wanted);
    }
    sort(&mut lines, wanted.sort(), wanted.ascending());
    let total = lines.len() as u64;
    let spend_minor = lines.iter().fold(0i64, |sum, line| sum.saturating_add(line.spend.minor));
    let rows = u64::from(wanted.page_rows.max(1));
    // Behind the last page there is nothing to see: the last page is shown.
    let page = u64::from(wanted.page.max(1)).min(total.div_ceil(rows).max(1));
    let skip = ((page - 1) * rows) as usize;
    let mut lines: Vec<Line> = lines.into_iter().skip(skip).take(rows as usize).collect();
    if !whole {
        name_all(ground, &mut lines).await?;
    }
    Ok(Shown { lines, total, spend_minor, asked: wanted.asked(page as u32) })
}

/// Looks up who they are. Whoever ordered nothing is known from the first fact to the last.
pub(super) async fn name_all(ground: &Ground, lines: &mut [Line]) -> Result<(), Problem> {
    let keys: HashSet<u32> = lines.iter().map(|line| line.key).collect();
    let mut known: HashMap<u32, Name> = names(&ground.snapshot, keys).await?;
    for line in lines {
        line.name = known.remove(&line.key);
        if let Some(name) = &line.name
            && line.last_order.is_none()
        {
            let (first, last) = name.days(&ground.snapshot);
            (line.first_order, line.last_order) = (Some(first), Some(last));
            line.days_since = (ground.horizon.0 - 1 - last.0).max(0) as u32;
        }
    }
    Ok(())
}

fn filter(lines: &mut Vec<Line>, wanted: &Wanted<'_>) {
    let q = wanted.q.trim().to_lowercase();
    let says = |text: &str| text.to_lowercase().contains(&q);
    lines.retain(|line| {
        let Some(name) = &line.name else { return q.is_empty() && wanted.country.is_empty() };
        let found = q.is_empty() || says(&name.id) || name.name.as_deref().is_some_and(says);
        found && (wanted.country.is_empty() || name.country.as_deref() == Some(wanted.country))
    });
}

/// Sorts; equal values by key, so that pages never overlap.
fn sort(lines: &mut [Line], by: &str, ascending: bool) {
    let number = |line: &Line| match by {
        "days_since" => f64::from(line.days_since),
        "usual_gap" => line.usual_gap.unwrap_or_default(),
        "times_over" => line.times_over(),
        "orders" => line.orders as f64,
        "first_order" => line.first_order.map_or(f64::MIN, |day| f64::from(day.0)),
        "last_order" => line.last_order.map_or(f64::MIN, |day| f64::from(day.0)),
        _ => 0.0,
    };
    let order = |a: &Line, b: &Line| match by {
        "customer" => a.called().unwrap_or_else(|| a.id()).cmp(&b.called().unwrap_or_else(|| b.id())),
        "country" => a.country().cmp(&b.country()),
        "spend" => a.spend.minor.cmp(&b.spend.minor),
        _ => number(a).total_cmp(&number(b)),
    };
    lines.sort_by(|a, b| directed(order(a, b), ascending).then(a.key.cmp(&b.key)));
}

fn directed(order: Ordering, ascending: bool) -> Ordering {
    if ascending { order } else { order.reverse() }
}
