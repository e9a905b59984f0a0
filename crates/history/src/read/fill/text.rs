//! Texts: taken as they lie, or made from several columns.

use super::blank::{is_blank, is_nobody};
use super::filling::Value;
use super::{Fields, Filler, Known};
use crate::read::map::OrderPer;
use crate::read::plan::{Cell, Way};

impl Filler<'_> {
    /// A text, without copying it where nothing is to be changed.
    #[inline]
    pub(super) fn text<'a>(&mut self, cell: &Cell, fields: Fields<'a>, known: &Known<'a>) -> Value<'a> {
        let who = cell.slot == 0;
        let found = cell.ways.iter().find_map(|way| match way {
            Way::Column(at) => {
                let text = fields.get(*at);
                let absent = if who { is_nobody(text) } else { is_blank(text) };
                (!absent).then_some(Value::Text(text))
            }
            Way::Constant(text) => Some(self.make(|made| made.push_str(text))),
            Way::Join(many) => self.joined(many, fields),
            Way::Of(at, owner) => {
                let owned = self.plan.owners.of(*owner, fields.get(*at))?;
                let text = if who { owned.customer } else { owned.currency? };
                Some(self.make(|made| made.push_str(text)))
            }
            Way::Per(per) => self.order_of(*per, known),
            _ => None,
        });
        let Some(found) = found else { return Value::None };
        if cell.name == "currency" {
            return self.code(found);
        }
        if !cell.reworked {
            return found;
        }
        // Most reworked cells only lose a trailing `.0`: no text needs to be made for that.
        let translated = cell.lower || !cell.words.is_empty() || cell.otherwise.is_some() || cell.prefix.is_some();
        if let (false, Value::Text(text)) = (translated, &found) {
            let text = if cell.whole { text.strip_suffix(".0").unwrap_or(text) } else { text };
            return if text.is_empty() { Value::None } else { Value::Text(text) };
        }
        self.reworked(cell, &found)
    }

    /// A currency in capitals.
    fn code<'a>(&mut self, found: Value<'a>) -> Value<'a> {
        if self.read(&found).bytes().all(|byte| byte.is_ascii_uppercase()) {
            return found;
        }
        let capitals = self.read(&found).to_ascii_uppercase();
        self.make(|made| made.push_str(&capitals))
    }

    /// Another text: cut, in lower case, translated, with a prefix, as the map asks.
    fn reworked<'a>(&mut self, cell: &Cell, found: &Value<'_>) -> Value<'a> {
        let text = self.read(found);
        let text = if cell.whole { text.strip_suffix(".0").unwrap_or(text) } else { text };
        let lowered = text.to_lowercase();
        let translated = cell.words.get(&lowered).or(cell.otherwise.as_ref()).cloned();
        let word = translated.unwrap_or_else(|| if cell.lower { lowered } else { text.to_owned() });
        if word.is_empty() {
            return Value::None;
        }
        self.make(|made| {
            made.push_str(cell.prefix.as_deref().unwrap_or(""));
            made.push_str(&word);
        })
    }

    fn read<'s>(&'s self, value: &'s Value<'_>) -> &'s str {
        match value {
            Value::Text(text) => text,
            Value::Made(range) => self.made.get(range.clone()).unwrap_or(""),
            _ => "",
        }
    }

    fn make<'a>(&mut self, write: impl FnOnce(&mut String)) -> Value<'a> {
        let start = self.made.len();
        write(&mut self.made);
        Value::Made(start..self.made.len())
    }

    pub(super) fn joined<'a>(&mut self, many: &[usize], fields: Fields<'a>) -> Option<Value<'a>> {
        let start = self.made.len();
        for text in many.iter().map(|at| fields.get(*at)).filter(|text| !is_blank(text)) {
            if self.made.len() > start {
                self.made.push(' ');
            }
            self.made.push_str(text);
        }
        (self.made.len() > start).then_some(Value::Made(start..self.made.len()))
    }

    /// `<customer>@<date>` or `<customer>@<instant>`: the number of an order that has none.
    fn order_of<'a>(&mut self, per: OrderPer, known: &Known<'a>) -> Option<Value<'a>> {
        let (customer, at) = (known.customer.clone()?, terms::Instant(known.at?));
        let start = self.made.len();
        match customer {
            Value::Made(range) => {
                let text = self.made.get(range).unwrap_or("").to_owned();
                self.made.push_str(&text);
            }
            Value::Text(text) => self.made.push_str(text),
            _ => {}
        }
        self.made.push('@');
        let day = match per {
            OrderPer::CustomerDay => self.clock.date(at).0,
            OrderPer::CustomerInstant => at.0.div_euclid(86_400_000_000) as i32,
        };
        let (year, month, day) = terms::Date(day).civil();
        two(&mut self.made, (year / 100) as u32);
        two(&mut self.made, (year % 100) as u32);
        self.made.push('-');
        two(&mut self.made, month);
        self.made.push('-');
        two(&mut self.made, day);
        if per == OrderPer::CustomerInstant {
            let second = at.0.div_euclid(1_000_000).rem_euclid(86_400) as u32;
            for (mark, value) in [('T', second / 3600), (':', second / 60 % 60), (':', second % 60)] {
                self.made.push(mark);
                two(&mut self.made, value);
            }
            self.made.push('Z');
        }
        Some(Value::Made(start..self.made.len()))
    }
}

fn two(out: &mut String, value: u32) {
    out.push(char::from(b'0' + (value / 10 % 10) as u8));
    out.push(char::from(b'0' + (value % 10) as u8));
}
