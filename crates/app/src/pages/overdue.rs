//! The card of customers past their own rhythm.

use std::collections::{BTreeSet, HashMap, HashSet};

use metrics::overdue::overdue;
use metrics::people::persons;
use reports::pages::retention::{Overdue, OverdueRow};
use reports::pages::{Choice, Label, Slot};
use terms::Money;

use super::ground::{Ground, ask};
use super::list::{Line, Wanted, name_all, show};
use super::query::{PageQuery, page_number};
use crate::Problem;

/// Rows of the card.
const PAGE_ROWS: u32 = 12;

/// Everybody overdue, with their names.
pub(super) struct Late {
    pub lines: Vec<Line>,
    /// What they have spent so far.
    pub spend: Money,
    countries: Vec<Choice>,
}

impl Ground {
    /// Everybody overdue in a segment. Spend and orders are those of the lists behind the number: refunds taken off.
    pub async fn late(&self, segment: &str) -> Result<std::sync::Arc<Late>, Problem> {
        let found = ask!(self, overdue, self.overdue_ask(segment))?;
        let key = format!("late {segment}");
        self.keep(key, async {
            let keys: HashSet<u32> = found.customers.iter().map(|customer| customer.customer).collect();
            let known = persons(&self.snapshot, &keys, None).await?;
            let known: HashMap<u32, Line> =
                known.rows.iter().map(|person| (person.customer, Line::of(person, self))).collect();
            let mut lines: Vec<Line> = Vec::with_capacity(found.customers.len());
            for customer in &found.customers {
                let Some(line) = known.get(&customer.customer) else { continue };
                lines.push(Line {
                    days_since: customer.days_since_last_order.max(0) as u32,
                    usual_gap: Some(customer.usual_gap_days),
                    ..line.clone()
                });
            }
            name_all(self, &mut lines).await?;
            let words: BTreeSet<String> = lines.iter().filter_map(Line::country).collect();
            let any = Choice { value: String::new(), label: Label::Word("country.any".to_owned()) };
            let of = |word: String| Choice { value: word.clone(), label: Label::Text(word) };
            let countries = std::iter::once(any).chain(words.into_iter().map(of)).collect();
            let spend = self.money(lines.iter().fold(0i64, |sum, line| sum.saturating_add(line.spend.minor)));
            Ok::<_, Problem>(Late { lines, spend, countries })
        })
        .await
    }

    /// The card.
    pub async fn overdue_card(&self, segment: &str, query: &PageQuery) -> Result<Slot<Overdue>, Problem> {
        let late = self.late(segment).await?;
        let text = |field: &'_ Option<String>| field.clone().unwrap_or_default();
        let (q, country) = (text(&query.q), text(&query.country));
        let (sort, dir) = (text(&query.sort), text(&query.dir));
        let page = page_number(query.page.as_deref());
        // A country nobody in the list is from is no filter.
        let country = late.countries.iter().find(|choice| choice.value == country).map_or("", |choice| &choice.value);
        let wanted = Wanted { q: &q, country, sort: &sort, dir: &dir, page, page_rows: PAGE_ROWS };
        let shown = show(self, late.lines.clone(), &wanted).await?;
        let ask = self.overdue_ask(segment);
        Ok(Slot::Ready(Overdue {
            times: ask.times,
            orders_min: ask.orders_min,
            rows: shown.lines.iter().map(row).collect(),
            total: shown.total,
            spend: self.money(shown.spend_minor),
            countries: late.countries.clone(),
            list: shown.asked,
        }))
    }
}

fn row(line: &Line) -> OverdueRow {
    OverdueRow {
        id: line.id(),
        name: line.called(),
        country: line.country(),
        days_since: line.days_since,
        usual_gap_days: line.usual_gap.unwrap_or_default(),
        orders: line.orders,
        spend: line.spend,
    }
}
