//! A map bound to the columns of one file: names become positions, once, so that rows are read without look-ups.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use terms::{Currency, Zone};

use super::date::DateForm;
use super::fill::Words;
use super::map::{Condition, Made, Map, MoneyUnit, OrderPer, Rule, Source, State, Unit};
use super::number::DecimalMark;
use super::owners::{Owner, Owners};
use crate::schema::{Attribute, FACT, Kind, Table, is_reserved, staged_schema};

/// Why a map does not fit a file.
#[derive(Debug)]
pub struct Misfit {
    pub code: &'static str,
    pub what: String,
    pub hint: String,
}

/// A map ready to read rows.
#[derive(Debug)]
pub struct Plan {
    pub columns: Vec<String>,
    pub zone: Zone,
    pub carry: Option<CarryPlan>,
    pub aside: Vec<AsidePlan>,
    pub rules: Vec<RulePlan>,
    /// Which of the rules names the order that a row set aside withdraws; no other row is read by it.
    pub withdrawal: Option<usize>,
    pub tables: Vec<TablePlan>,
    /// The lists of JSON records that rules ask for, each once.
    pub lists: Vec<String>,
    /// Whose the things are that rows name in place of a customer.
    pub owners: Arc<Owners>,
}

#[derive(Debug)]
pub struct CarryPlan {
    pub key: usize,
    pub columns: Vec<usize>,
}

#[derive(Debug)]
pub struct AsidePlan {
    pub code: String,
    pub reason: String,
    pub withdraws: bool,
    pub when: Vec<Test>,
}

#[derive(Debug)]
pub struct RulePlan {
    /// Which of [`Plan::tables`].
    pub table: usize,
    /// Which of [`Plan::lists`], for rules about elements.
    pub list: Option<usize>,
    pub when: Vec<Test>,
    pub optional: bool,
    /// What it says about the term of a subscription.
    pub term: Term,
    /// Passed over when nothing beside who and when is there.
    pub needs_content: bool,
    pub cells: Vec<Cell>,
    /// Columns that other rules of the same table fill and this one leaves empty.
    pub gaps: Vec<usize>,
    /// Which cell says the currency.
    pub currency: Option<usize>,
    /// Digits of the currency when it is the same in every row, or when a row has none.
    pub digits: u32,
}

/// What a rule says about the term of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    Begins,
    Ends,
    /// Neither: also notice of an end to come, which may be given before the beginning.
    Neither,
}

impl Term {
    fn of(rule: &Rule) -> Term {
        let says = |name: &str| match rule.columns.get(name) {
            Some(Source::Made(made)) => made.value.as_deref(),
            _ => None,
        };
        match says("kind").filter(|_| rule.table == Table::SubscriptionChanges) {
            Some("start") => Term::Begins,
            Some("end") => Term::Ends,
            Some("cancel") if says("mrr_after") == Some("0") || !rule.columns.contains_key("mrr_after") => Term::Ends,
            _ => Term::Neither,
        }
    }
}

#[derive(Debug)]
pub struct TablePlan {
    pub table: Table,
    pub attributes: Vec<Attribute>,
    pub schema: SchemaRef,
    /// By column: whether some rule fills it.
    pub filled: Vec<bool>,
}

/// One value of one fact.
#[derive(Debug)]
pub struct Cell {
    /// Position in the staged schema.
    pub slot: usize,
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub attribute: bool,
    pub ways: Vec<Way>,
    pub minus: Vec<usize>,
    pub wait: Option<Wait>,
    pub words: BTreeMap<String, String>,
    pub otherwise: Option<String>,
    pub prefix: Option<String>,
    pub absolute: bool,
    pub lower: bool,
    pub whole: bool,
    /// Whether any of the text changes above is asked for.
    pub reworked: bool,
    pub dates: DateForm,
    pub decimal: DecimalMark,
    pub money: MoneyUnit,
}

/// A stretch of time that a column adds to a time, or takes off it.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    pub column: usize,
    pub unit: Unit,
    pub back: bool,
}

/// One way to come to a value.
#[derive(Debug)]
pub enum Way {
    Column(usize),
    /// The customer or the time of what this column names.
    Of(usize, Owner),
    Join(Vec<usize>),
    Times(Vec<usize>),
    Plus(Vec<usize>),
    Parts {
        year: usize,
        month: Option<usize>,
        day: Option<usize>,
    },
    Per(OrderPer),
    Monthly {
        amount: usize,
        interval: Option<usize>,
        every: (i64, i64),
        count: Option<usize>,
        quantity: Option<usize>,
    },
    Constant(String),
}

/// A condition bound to its column.
#[derive(Debug)]
pub struct Test {
    pub column: usize,
    pub is: Option<State>,
    pub one_of: Words,
    pub none_of: Words,
    pub starts_with: Option<String>,
    pub above: Option<f64>,
    pub below: Option<f64>,
    pub after: Option<usize>,
    pub until: Option<usize>,
    pub unlike: Option<usize>,
    pub dates: DateForm,
    pub not: bool,
    pub decimal: DecimalMark,
}

/// Binds names to positions.
struct Binder<'a> {
    map: &'a Map,
    columns: &'a [String],
    exact: std::collections::HashMap<&'a str, usize>,
}

impl Plan {
    /// Binds a map to the columns of a file. `zone` and `currency` are the workspace's.
    pub fn bind(map: &Map, columns: &[String], zone: &Zone, currency: Option<Currency>) -> Result<Plan, Misfit> {
        let zone = match &map.zone {
            Some(name) => name.parse().map_err(|error: terms::TermError| Misfit {
                code: "map_zone",
                what: error.to_string(),
                hint: "correct `zone` in the map".to_owned(),
            })?,
            None => zone.clone(),
        };
        let currency = match &map.currency {
            Some(code) => Some(code.parse().map_err(|error: terms::TermError| Misfit {
                code: "map_currency",
                what: error.to_string(),
                hint: "correct `currency` in the map".to_owned(),
            })?),
            None => currency,
        };
        if map.facts.is_empty() {
            return Err(Misfit {
                code: "map_empty",
                what: "the map fills no table".to_owned(),
                hint: "add a [[facts]] part, or say what the file holds with --as".to_owned(),
            });
        }
        let exact = columns.iter().enumerate().rev().map(|(at, name)| (name.as_str(), at)).collect();
        let binder = Binder { map, columns, exact };
        let tables: Vec<TablePlan> = map.tables().into_iter().map(|table| table_plan(map, table)).collect();
        let mut lists = Vec::new();
        let mut rules = Vec::new();
        for rule in &map.facts {
            rules.push(binder.rule(rule, &tables, &mut lists, currency)?);
        }
        let withdrawal = map.withdrawal().map(|rule| binder.rule(&rule, &tables, &mut lists, currency)).transpose()?;
        let place = withdrawal.is_some().then_some(rules.len());
        rules.extend(withdrawal);
        let mut tables = tables;
        for rule in &rules {
            rule.cells.iter().for_each(|cell| tables[rule.table].filled[cell.slot] = true);
        }
        for rule in &mut rules {
            let empty = |slot: &usize| !rule.cells.iter().any(|cell| cell.slot == *slot);
            let filled = &tables[rule.table].filled;
            rule.gaps = (0..filled.len()).filter(|slot| filled[*slot]).filter(empty).collect();
        }
        let aside = map.set_aside.iter().map(|aside| {
            let (code, reason) = (aside.code.clone(), aside.reason.clone());
            Ok(AsidePlan { code, reason, withdraws: aside.withdraws, when: binder.tests(&aside.when)? })
        });
        let aside = aside.collect::<Result<_, Misfit>>()?;
        let carry = map.carry.as_ref().map(|carry| {
            let columns = carry.columns.iter().map(|name| binder.find(name)).collect::<Result<_, _>>()?;
            Ok(CarryPlan { key: binder.find(&carry.key)?, columns })
        });
        let owners = Arc::default();
        Ok(Plan {
            columns: columns.to_vec(),
            zone,
            carry: carry.transpose()?,
            aside,
            rules,
            withdrawal: place,
            tables,
            lists,
            owners,
        })
    }

    /// Whether rows lean on the rows before them, so that one thread must read them in order.
    pub fn in_order(&self) -> bool {
        self.carry.is_some()
    }

    /// Which columns are read at all.
    pub fn used(&self) -> Vec<bool> {
        let mut used = vec![false; self.columns.len()];
        let tests =
            self.aside.iter().flat_map(|aside| &aside.when).chain(self.rules.iter().flat_map(|rule| &rule.when));
        let mut mark = |at: usize| used[at] = true;
        tests.for_each(|test| {
            [Some(test.column), test.after, test.until, test.unlike].into_iter().flatten().for_each(&mut mark);
        });
        for cell in self.rules.iter().flat_map(|rule| &rule.cells) {
            cell.minus.iter().copied().for_each(&mut mark);
            cell.wait.iter().for_each(|wait| mark(wait.column));
            cell.ways.iter().flat_map(Way::columns).for_each(&mut mark);
        }
        if let Some(carry) = &self.carry {
            mark(carry.key);
            carry.columns.iter().copied().for_each(&mut mark);
        }
        used
    }
}

impl Way {
    /// The positions it reads.
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Way::Column(at) | Way::Of(at, _) => vec![*at],
            Way::Join(many) | Way::Times(many) | Way::Plus(many) => many.clone(),
            Way::Parts { year, month, day } => [Some(*year), *month, *day].into_iter().flatten().collect(),
            Way::Monthly { amount, interval, count, quantity, .. } => {
                [Some(*amount), *interval, *count, *quantity].into_iter().flatten().collect()
            }
            Way::Per(_) | Way::Constant(_) => Vec::new(),
        }
    }
}

fn table_plan(map: &Map, table: Table) -> TablePlan {
    let attributes = map.attributes(table);
    let schema = staged_schema(table, &attributes);
    let filled = vec![false; schema.fields().len()];
    TablePlan { table, attributes, schema, filled }
}

impl Binder<'_> {
    fn find(&self, name: &str) -> Result<usize, Misfit> {
        if let Some(at) = self.exact.get(name) {
            return Ok(*at);
        }
        let same = |other: &String| other.trim().eq_ignore_ascii_case(name.trim());
        self.columns.iter().position(same).ok_or_else(|| Misfit {
            code: "map_column_missing",
            what: format!("the map asks for the column '{name}', which this file does not have"),
            hint: format!("its columns are: {}", self.columns.iter().take(40).cloned().collect::<Vec<_>>().join(", ")),
        })
    }

    fn all(&self, names: &[String]) -> Result<Vec<usize>, Misfit> {
        names.iter().map(|name| self.find(name)).collect()
    }

    fn maybe(&self, name: &Option<String>) -> Result<Option<usize>, Misfit> {
        name.as_deref().map(|name| self.find(name)).transpose()
    }

    fn tests(&self, conditions: &[Condition]) -> Result<Vec<Test>, Misfit> {
        conditions.iter().map(|condition| self.test(condition)).collect()
    }

    fn test(&self, condition: &Condition) -> Result<Test, Misfit> {
        let new_needs_carry =
            condition.is == Some(State::New) && self.map.carry.as_ref().is_none_or(|c| c.key != condition.column);
        if new_needs_carry {
            return Err(Misfit {
                code: "map_condition",
                what: format!("`is = \"new\"` is asked of '{}', which is not the key of `carry`", condition.column),
                hint: "ask it of the column named in `carry = { key = … }`".to_owned(),
            });
        }
        Ok(Test {
            column: self.find(&condition.column)?,
            is: condition.is,
            one_of: Words::new(&condition.one_of),
            none_of: Words::new(&condition.none_of),
            starts_with: condition.starts_with.clone(),
            above: condition.above,
            below: condition.below,
            after: self.maybe(&condition.after)?,
            until: self.maybe(&condition.until)?,
            unlike: self.maybe(&condition.unlike)?,
            dates: condition.dates.unwrap_or(self.map.dates),
            not: condition.not,
            decimal: self.map.decimal,
        })
    }

    fn rule(
        &self,
        rule: &Rule,
        tables: &[TablePlan],
        lists: &mut Vec<String>,
        currency: Option<Currency>,
    ) -> Result<RulePlan, Misfit> {
        let table = tables.iter().position(|plan| plan.table == rule.table).unwrap_or_default();
        let own: Vec<_> = FACT.iter().chain(rule.table.columns()).collect();
        if let Some(name) = rule.columns.keys().find(|name| !own.iter().any(|c| c.name == name.as_str())) {
            return Err(Misfit {
                code: "map_unknown_column",
                what: format!("the table {} has no column '{name}'", rule.table.name()),
                hint: format!(
                    "it has: {}; keep others under [facts.attributes]",
                    own.iter().map(|c| c.name).collect::<Vec<_>>().join(", ")
                ),
            });
        }
        free_names(rule)?;
        let mut cells = Vec::new();
        for (slot, column) in own.iter().enumerate() {
            let Some(source) =
                rule.columns.get(column.name).cloned().or_else(|| default_currency(column.name, currency))
            else {
                if column.required {
                    return Err(Misfit {
                        code: "map_incomplete",
                        what: format!(
                            "the map does not say where {} of {} comes from ({})",
                            column.name,
                            rule.table.name(),
                            column.about
                        ),
                        hint: format!("add `{} = \"…\"` under [facts.columns]", column.name),
                    });
                }
                continue;
            };
            cells.push(self.cell(&source, slot, column.name, column.kind, column.required)?);
        }
        for (name, kept) in &rule.attributes {
            let attributes = &tables[table].attributes;
            let Some(at) = attributes.iter().position(|a| &a.name == name) else { continue };
            let source = Source::column(kept.column());
            let mut cell = self.cell(&source, own.len() + at, name, attributes[at].kind.kind(), false)?;
            cell.attribute = true;
            cells.push(cell);
        }
        let list = rule.each.as_ref().map(|each| {
            lists.iter().position(|list| list == each).unwrap_or_else(|| {
                lists.push(each.clone());
                lists.len() - 1
            })
        });
        Ok(RulePlan {
            table,
            list,
            when: self.tests(&rule.when)?,
            optional: rule.optional,
            term: Term::of(rule),
            needs_content: rule.table == Table::Profiles,
            currency: cells.iter().position(|cell| cell.name == "currency"),
            cells,
            gaps: Vec::new(),
            digits: currency.map_or(2, Currency::minor_digits),
        })
    }

    fn cell(&self, source: &Source, slot: usize, name: &str, kind: Kind, required: bool) -> Result<Cell, Misfit> {
        let plain = Made::default();
        let (made, ways) = match source {
            Source::Column(column) => (&plain, vec![Way::Column(self.find(column)?)]),
            Source::Made(made) => (made.as_ref(), self.ways(made)?),
        };
        let unit = made.unit.unwrap_or(Unit::Second);
        let wait = match (&made.after, &made.before) {
            (Some(column), _) => Some(Wait { column: self.find(column)?, unit, back: false }),
            (None, Some(column)) => Some(Wait { column: self.find(column)?, unit, back: true }),
            (None, None) => None,
        };
        if made.of.is_some() && slot > 1 && name != "currency" {
            return Err(Misfit {
                code: "map_source",
                what: format!("'{name}' cannot be taken over from an order, a subscription or an invoice"),
                hint: "`of` gives customer_id, at and currency only".to_owned(),
            });
        }
        Ok(Cell {
            slot,
            name: name.to_owned(),
            kind,
            required,
            attribute: false,
            ways,
            minus: self.all(&made.minus)?,
            wait,
            words: made.words.iter().map(|(from, to)| (from.to_lowercase(), to.clone())).collect(),
            otherwise: made.otherwise.clone(),
            prefix: made.prefix.clone(),
            absolute: made.absolute,
            lower: made.lower,
            whole: made.whole,
            reworked: !made.words.is_empty()
                || made.otherwise.is_some()
                || made.prefix.is_some()
                || made.lower
                || made.whole,
            dates: made.dates.unwrap_or(self.map.dates),
            decimal: made.decimal.unwrap_or(self.map.decimal),
            money: made.money.unwrap_or(self.map.money),
        })
    }

    fn ways(&self, made: &Made) -> Result<Vec<Way>, Misfit> {
        let mut ways = Vec::new();
        ways.extend(self.maybe(&made.column)?.map(|at| made.of.map_or(Way::Column(at), |owner| Way::Of(at, owner))));
        ways.extend(self.all(&made.first)?.into_iter().map(Way::Column));
        for (names, way) in [
            (&made.join, Way::Join as fn(Vec<usize>) -> Way),
            (&made.times, Way::Times as fn(Vec<usize>) -> Way),
            (&made.plus, Way::Plus as fn(Vec<usize>) -> Way),
        ] {
            if !names.is_empty() {
                ways.push(way(self.all(names)?));
            }
        }
        if let Some(year) = &made.year {
            ways.push(Way::Parts {
                year: self.find(year)?,
                month: self.maybe(&made.month)?,
                day: self.maybe(&made.day)?,
            });
        }
        ways.extend(made.per.map(Way::Per));
        if let Some(monthly) = &made.monthly {
            let every = monthly.every.as_deref().unwrap_or("month");
            let every = months_of(every).ok_or_else(|| Misfit {
                code: "map_interval",
                what: format!("'{every}' is no interval"),
                hint: "write day, week, month, quarter or year".to_owned(),
            })?;
            ways.push(Way::Monthly {
                amount: self.find(&monthly.amount)?,
                interval: self.maybe(&monthly.interval)?,
                every,
                count: self.maybe(&monthly.count)?,
                quantity: self.maybe(&monthly.quantity)?,
            });
        }
        ways.extend(made.value.clone().map(Way::Constant));
        if ways.is_empty() {
            return Err(Misfit {
                code: "map_source",
                what: "a value in the map comes from nowhere".to_owned(),
                hint: "name a column, or use one of: column, first, join, times, plus, year, per, monthly, value"
                    .to_owned(),
            });
        }
        Ok(ways)
    }
}

/// An attribute that is called like a column every fact has, or like one of its table, could not be told from it.
fn free_names(rule: &Rule) -> Result<(), Misfit> {
    let Some(name) = rule.attributes.keys().find(|name| is_reserved(rule.table, name)) else { return Ok(()) };
    Err(Misfit {
        code: "map_attribute_name",
        what: format!("the attribute '{name}' of {} is called like a column Regulars keeps itself", rule.table.name()),
        hint: format!(
            "give it another name under [facts.attributes], as in `{name}_given`, or fill the column itself under [facts.columns]"
        ),
    })
}

fn default_currency(column: &str, currency: Option<Currency>) -> Option<Source> {
    currency.filter(|_| column == "currency").map(|currency| Source::constant(currency.code()))
}

/// How many months an interval has, as a fraction: a week is 12/52 of a month, a day 12/365.
pub fn months_of(interval: &str) -> Option<(i64, i64)> {
    let word = interval.trim().to_lowercase();
    Some(match word.as_str() {
        "day" | "daily" | "days" | "d" => (12, 365),
        "week" | "weekly" | "weeks" | "w" => (12, 52),
        "fortnight" | "biweekly" | "two weeks" => (12, 26),
        "month" | "monthly" | "months" | "mo" | "m" | "1 month" | "every month" | "monat" | "monatlich" | "mensuel"
        | "mensual" | "mensile" | "mensal" => (1, 1),
        "bimonthly" => (2, 1),
        "quarter" | "quarterly" | "quarters" | "q" | "3 months" | "three months" | "vierteljährlich" => (3, 1),
        "half year" | "half-yearly" | "semiannual" | "semi-annual" | "biannual" | "6 months" | "semester" => (6, 1),
        "year" | "yearly" | "years" | "annual" | "annually" | "y" | "yr" | "12 months" | "1 year" | "jahr"
        | "jährlich" | "annuel" | "anual" => (12, 1),
        "biennial" | "2 years" | "two years" => (24, 1),
        _ => return None,
    })
}
