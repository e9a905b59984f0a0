//! What happened to one customer: facts of every kind as entries, newest first, a page at a time.

use std::collections::BTreeMap;

use reports::pages::customer::{Happening, HappeningKind, OrderLine, Timeline, Tone};
use reports::pages::{Label, Moment, Sentence, Value as Shown};
use serde_json::Value;
use terms::{Date, Instant, Money};

use super::columns::label_of;
use super::customer::CustomerQuery;
use super::customer_facts::{Facts, short, shown, text, told};
use super::ground::{Ground, moment};
use crate::Problem;

/// Entries of a page.
const PAGE_ROWS: u32 = 50;
/// Lines of one order that are shown.
const LINES_MAX: usize = 200;
/// Names of events that one entry tells.
const NAMES_MAX: usize = 4;
/// Traits that one entry tells.
const TRAITS_MAX: usize = 12;
/// Characters of what a customer wrote.
const QUOTE_MAX: usize = 2_000;

/// The instant of what was told without one.
pub(super) const UNDATED: i64 = 0;

/// An entry, and the instant it is sorted by.
struct Entry {
    at: i64,
    happening: Happening,
}

impl Ground {
    /// The timeline as asked.
    pub async fn timeline(&self, key: u32, facts: &Facts, query: &CustomerQuery) -> Result<Timeline, Problem> {
        let mut all = self.entries(facts);
        let count = |kind: HappeningKind| all.iter().filter(|entry| entry.happening.kind == kind).count() as u64;
        let kinds: Vec<(HappeningKind, u64)> =
            HappeningKind::ALL.into_iter().map(|kind| (kind, count(kind))).filter(|(_, n)| *n > 0).collect();
        let kind = query.kind.filter(|kind| kinds.iter().any(|(known, _)| known == kind));
        all.retain(|entry| kind.is_none_or(|kind| entry.happening.kind == kind));
        // Stable: what happened at one instant stays in the order of the kinds.
        all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        let total = all.len() as u64;
        let rows = u64::from(PAGE_ROWS);
        let page = u64::from(query.page.max(1)).min(total.div_ceil(rows).max(1));
        let zone = self.snapshot.zone();
        let place = |entry: Entry| Happening { at: moment(Instant(entry.at), zone), ..entry.happening };
        let on_page = all.into_iter().skip(((page - 1) * rows) as usize).take(rows as usize);
        let mut entries: Vec<Happening> = on_page.map(place).collect();
        for entry in &mut entries {
            if let Some((id, lines)) = &entry.order
                && *lines > 0
                && *id == query.order
            {
                entry.lines = self.lines_of(key, id).await?;
            }
        }
        Ok(Timeline { kinds, kind, entries, total, page: page as u32, page_rows: PAGE_ROWS, cut: facts.are_cut() })
    }

    fn entries(&self, facts: &Facts) -> Vec<Entry> {
        let mut all: Vec<Entry> = facts.orders.iter().filter_map(|row| self.order(row)).collect();
        all.extend(self.refunds(&facts.refunds));
        all.extend(facts.changes.iter().filter_map(|row| self.change(row)));
        all.extend(facts.invoices.iter().filter_map(|row| self.invoice(row)));
        all.extend(self.events(&facts.events));
        all.extend(facts.tickets.iter().filter_map(|row| self.ticket(row)));
        all.extend(facts.responses.iter().filter_map(|row| self.response(row)));
        all.extend(facts.costs.iter().filter_map(|row| self.cost(row)));
        all.extend(self.profile_changes(&facts.profiles));
        all
    }

    fn order(&self, row: &Value) -> Option<Entry> {
        let lines = row["lines"].as_u64().unwrap_or_default();
        let id = text(row, "order_id").unwrap_or_default().to_owned();
        let mut entry = entry(row, HappeningKind::Order, Tone::Kept, told_of("happened.order", "id", row, "order_id"))?;
        entry.happening.amount = self.amount(row, "amount");
        entry.happening.more = more(row, &[("happened.coupon", "coupon"), ("happened.channel", "channel")]);
        entry.happening.order = Some((id, lines));
        Some(entry)
    }

    /// Refunds, those of one number and moment together: sources tell them line by line.
    fn refunds(&self, rows: &[Value]) -> Vec<Entry> {
        let mut together: BTreeMap<(i64, String, String), Entry> = BTreeMap::new();
        for row in rows {
            let (Some(at), Some(amount)) = (instant(row, "at"), self.amount(row, "amount")) else { continue };
            let name = if text(row, "refund_id").is_some() { "refund_id" } else { "order_id" };
            let what = told_of("happened.refund", "id", row, name);
            let Some(one) = entry(row, HappeningKind::Refund, Tone::Lost, what) else { continue };
            let id = text(row, name).unwrap_or_default().to_owned();
            let found = together.entry((at, id, amount.currency.to_string())).or_insert(one);
            let before = found.happening.amount.map_or(0, |before| before.minor);
            found.happening.amount = Some(Money { minor: before.saturating_add(amount.minor), ..amount });
            if found.happening.more.is_empty() {
                found.happening.more = more(row, &[("happened.reason", "reason")]);
            }
        }
        together.into_values().collect()
    }

    fn change(&self, row: &Value) -> Option<Entry> {
        const KINDS: [(&str, Tone); 6] = [
            ("start", Tone::Kept),
            ("change", Tone::Plain),
            ("pause", Tone::Lost),
            ("resume", Tone::Kept),
            ("cancel", Tone::Lost),
            ("end", Tone::Lost),
        ];
        let (what, tone) = worded(row, "kind", "happened.subscription", &KINDS);
        let mut entry = entry(row, HappeningKind::Subscription, tone, what)?;
        entry.happening.more = more(row, &[("happened.plan", "plan")]);
        if let Some(mrr) = self.amount(row, "mrr_after") {
            entry.happening.more.push(Sentence::new("happened.mrr", [("mrr", Shown::Money(mrr))]));
        }
        entry.happening.more.extend(more(row, &[("happened.reason", "reason")]));
        Some(entry)
    }

    fn invoice(&self, row: &Value) -> Option<Entry> {
        const OUTCOMES: [(&str, Tone); 5] = [
            ("paid", Tone::Kept),
            ("open", Tone::Plain),
            ("failed", Tone::Lost),
            ("void", Tone::Plain),
            ("uncollectible", Tone::Lost),
        ];
        let (mut what, tone) = worded(row, "outcome", "happened.invoice", &OUTCOMES);
        what.values.push(("id".to_owned(), Shown::Text(shown(row, "invoice_id").unwrap_or_default())));
        let mut entry = entry(row, HappeningKind::Invoice, tone, what)?;
        let paid = self.amount(row, "amount_paid").filter(|_| text(row, "outcome") == Some("paid"));
        entry.happening.amount = paid.or_else(|| self.amount(row, "amount"));
        if let Some(n) = row["attempt"].as_u64().filter(|n| *n > 1) {
            entry.happening.more.push(Sentence::new("happened.attempts", [("n", Shown::Count(n))]));
        }
        entry.happening.more.extend(more(row, &[("happened.declined", "decline_code")]));
        Some(entry)
    }

    /// Events of one session, or where there are no sessions of one day, are one entry.
    fn events(&self, rows: &[Value]) -> Vec<Entry> {
        struct Visit {
            at: i64,
            events: u64,
            names: BTreeMap<String, u64>,
        }
        let zone = self.snapshot.zone();
        let mut visits: BTreeMap<(i32, String), Visit> = BTreeMap::new();
        for row in rows {
            let Some(at) = instant(row, "at") else { continue };
            let key = match text(row, "session") {
                Some(session) => (i32::MIN, session.to_owned()),
                None => (zone.date(Instant(at)).0, String::new()),
            };
            let visit = visits.entry(key).or_insert_with(|| Visit { at, events: 0, names: BTreeMap::new() });
            visit.at = visit.at.max(at);
            visit.events += 1;
            *visit.names.entry(shown(row, "name").unwrap_or_default()).or_default() += 1;
        }
        let of = |visit: Visit| {
            let mut names: Vec<(String, u64)> = visit.names.into_iter().collect();
            names.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
            let rest = names.len().saturating_sub(NAMES_MAX) as u64;
            let name = |(name, n): &(String, u64)| if *n > 1 { format!("{name} × {n}") } else { name.clone() };
            let list: Vec<String> = names.iter().take(NAMES_MAX).map(name).collect();
            let what = Sentence::new("happened.event", [("names", Shown::Text(list.join(", ")))]);
            let mut entry = Entry { at: visit.at, happening: blank(HappeningKind::Event, Tone::Plain, what) };
            if visit.events > 1 {
                entry.happening.more.push(Sentence::new("happened.events", [("n", Shown::Count(visit.events))]));
            }
            if rest > 0 {
                entry.happening.more.push(Sentence::new("happened.more_names", [("n", Shown::Count(rest))]));
            }
            entry
        };
        visits.into_values().map(of).collect()
    }

    fn ticket(&self, row: &Value) -> Option<Entry> {
        let mut entry =
            entry(row, HappeningKind::Ticket, Tone::Plain, told_of("happened.ticket", "id", row, "ticket_id"))?;
        let found = &mut entry.happening.more;
        found.extend(more(row, &[("happened.topic", "topic"), ("happened.priority", "priority")]));
        let after = |name: &str| Some(((instant(row, name)? - entry.at) / 60_000_000).max(0) as u64);
        found.extend(after("first_reply_at").map(|minutes| lasted("happened.reply", minutes)));
        match after("resolved_at") {
            Some(minutes) => found.push(lasted("happened.resolved", minutes)),
            None => found.push(Sentence::new("happened.unresolved", [])),
        }
        if let Some(score) = row["satisfaction"].as_f64() {
            found.push(Sentence::new("happened.satisfaction", [("score", Shown::Number(score))]));
        }
        Some(entry)
    }

    fn response(&self, row: &Value) -> Option<Entry> {
        const KINDS: [(&str, Tone); 6] = [
            ("nps", Tone::Plain),
            ("csat", Tone::Plain),
            ("ces", Tone::Plain),
            ("exit", Tone::Lost),
            ("text", Tone::Plain),
            ("quiz", Tone::Plain),
        ];
        let score = row["score"].as_f64();
        let (what, tone) = worded(row, "kind", "happened.response", &KINDS);
        let tone = match (text(row, "kind"), score) {
            // Promoters and detractors of the Net Promoter Score.
            (Some("nps"), Some(score)) if score >= 9.0 => Tone::Kept,
            (Some("nps"), Some(score)) if score <= 6.0 => Tone::Lost,
            _ => tone,
        };
        let mut entry = entry(row, HappeningKind::Response, tone, what)?;
        let found = &mut entry.happening.more;
        found.extend(score.map(|score| Sentence::new("happened.score", [("score", Shown::Number(score))])));
        found.extend(more(row, &[("happened.survey", "survey_id"), ("happened.reason", "reason")]));
        entry.happening.quote = text(row, "text").map(|text| short(text, QUOTE_MAX));
        Some(entry)
    }

    fn cost(&self, row: &Value) -> Option<Entry> {
        const KINDS: [(&str, Tone); 3] = [("serve", Tone::Plain), ("acquire", Tone::Plain), ("retain", Tone::Plain)];
        let (what, tone) = worded(row, "kind", "happened.cost", &KINDS);
        let mut entry = entry(row, HappeningKind::Cost, tone, what)?;
        entry.happening.amount = self.amount(row, "amount");
        entry.happening.more = more(row, &[("happened.channel", "channel")]);
        Some(entry)
    }

    /// What each profile told that was not known before. Rows come newest first.
    fn profile_changes(&self, rows: &[Value]) -> Vec<Entry> {
        let names = self.traits();
        let mut known: BTreeMap<&str, String> = BTreeMap::new();
        let mut entries = Vec::new();
        for row in rows.iter().rev() {
            let first = known.is_empty();
            let mut changes = Vec::new();
            for name in &names {
                let Some(value) = told(row, name) else { continue };
                if known.get(name.as_str()) != Some(&value) {
                    changes.push(Sentence::new(
                        "happened.trait",
                        [("name", named(name)), ("value", Shown::Text(value.clone()))],
                    ));
                    known.insert(name, value);
                }
            }
            // Lists of customers often carry no date; what they tell was known before anything happened.
            if changes.is_empty() || instant(row, "at") == Some(UNDATED) {
                continue;
            }
            let key = if first { "happened.profile" } else { "happened.profile_changed" };
            let Some(mut one) = entry(row, HappeningKind::Profile, Tone::Plain, Sentence::new(key, [])) else {
                continue;
            };
            changes.truncate(TRAITS_MAX);
            one.happening.more = changes;
            entries.push(one);
        }
        entries
    }

    /// The lines of one order.
    async fn lines_of(&self, key: u32, id: &str) -> Result<Vec<OrderLine>, Problem> {
        let columns = ["order_id", "product", "product_name", "quantity", "amount", "currency"];
        let rows = self.facts_of("order_lines", key, &columns).await?;
        let mut lines: Vec<OrderLine> = rows
            .iter()
            .filter(|row| text(row, "order_id") == Some(id))
            .take(LINES_MAX)
            .map(|row| OrderLine {
                product: shown(row, "product_name").or_else(|| shown(row, "product")).unwrap_or_default(),
                quantity: row["quantity"].as_f64(),
                amount: self.amount(row, "amount"),
            })
            .collect();
        lines.sort_by(|a, b| b.amount.map(|m| m.minor).cmp(&a.amount.map(|m| m.minor)).then(a.product.cmp(&b.product)));
        Ok(lines)
    }

    /// The amount of a row in its own currency.
    pub fn amount(&self, row: &Value, name: &str) -> Option<Money> {
        let own = text(row, "currency").and_then(|code| code.parse().ok());
        Some(Money { minor: row[name].as_i64()?, currency: own.unwrap_or(self.workspace.currency) })
    }

    /// The day of a row.
    pub fn day(&self, row: &Value) -> Option<Date> {
        Some(self.snapshot.zone().date(Instant(instant(row, "at")?)))
    }
}

/// The instant in a column of a row.
pub(super) fn instant(row: &Value, name: &str) -> Option<i64> {
    let at: jiff::Timestamp = text(row, name)?.parse().ok()?;
    Some(at.as_microsecond())
}

/// An entry at the instant of a row. Its clock is read when it is shown.
fn entry(row: &Value, kind: HappeningKind, tone: Tone, what: Sentence) -> Option<Entry> {
    Some(Entry { at: instant(row, "at")?, happening: blank(kind, tone, what) })
}

fn blank(kind: HappeningKind, tone: Tone, what: Sentence) -> Happening {
    let at = Moment { date: Date(0), minute: 0 };
    Happening { at, kind, tone, what, more: Vec::new(), quote: None, amount: None, order: None, lines: Vec::new() }
}

/// A sentence that names one text of a row.
fn told_of(key: &str, value: &str, row: &Value, name: &str) -> Sentence {
    Sentence::new(key, [(value, Shown::Text(shown(row, name).unwrap_or_default()))])
}

/// The sentence of a word we know, with its tone; of another, one that quotes it.
fn worded(row: &Value, name: &str, key: &str, known: &[(&str, Tone)]) -> (Sentence, Tone) {
    let word = text(row, name).unwrap_or_default();
    match known.iter().find(|(id, _)| *id == word) {
        Some((id, tone)) => (Sentence::new(&format!("{key}.{id}"), []), *tone),
        None => (told_of(&format!("{key}.other"), "word", row, name), Tone::Plain),
    }
}

/// Further sentences, each about one column that says something.
fn more(row: &Value, columns: &[(&str, &str)]) -> Vec<Sentence> {
    let one = |(key, name): &(&str, &str)| Some(Sentence::new(key, [("value", Shown::Text(shown(row, name)?))]));
    columns.iter().filter_map(one).collect()
}

/// How long something took, in the unit a person would say it in.
fn lasted(key: &str, minutes: u64) -> Sentence {
    let (unit, n) = match minutes {
        0..120 => ("minutes", minutes),
        120..2_880 => ("hours", minutes / 60),
        _ => ("days", minutes / 1_440),
    };
    Sentence::new(&format!("{key}_{unit}"), [("n", Shown::Count(n))])
}

/// What a trait is called, as a value of a sentence.
fn named(name: &str) -> Shown {
    match label_of(name) {
        Label::Word(key) => Shown::Word(key),
        Label::Text(text) => Shown::Text(text),
        Label::Period(_) | Label::LastDays(_) => Shown::Text(name.to_owned()),
    }
}
