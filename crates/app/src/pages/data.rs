//! Data and import: what came in, what was set aside and why; which column means what.

use history::read::{About, Format};
use history::schema::{FACT, Table};
use reports::pages::data::{DataPage, ImportRow, MatchAsk, MatchColumn, MatchPage, Meaning, RejectReason};
use terms::Instant;

use super::ground::{files_of, moment};
use crate::matching::currency_of;
use crate::settings::currencies;
use crate::{Answers, App, Found, Origin, Problem, Question};

/// The largest file that can be uploaded, in bytes.
pub const UPLOAD_BYTES_MAX: u64 = 524_288_000;
/// For how long a price can be.
pub const INTERVALS: [&str; 5] = ["day", "week", "month", "quarter", "year"];
/// Of the newest imports, so many show a line of the file for each reason.
const WITH_EXAMPLES: usize = 20;

impl App {
    /// The imports, newest first, with what was set aside and why.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn data_page(&self) -> Result<DataPage, Problem> {
        let (settings, imports, _) = self.about().await?;
        let snapshot = self.snapshot().await?;
        let mut rows = Vec::with_capacity(imports.len());
        for (at, import) in imports.iter().enumerate() {
            rows.push(self.import_row(import, snapshot.zone(), at < WITH_EXAMPLES).await);
        }
        let workspace = self.workspace(&settings, &imports, snapshot.currency())?;
        let (held, findings) = self.about_data(&snapshot, &imports, workspace.currency).await?;
        Ok(DataPage {
            workspace,
            imports: rows,
            upload_bytes_max: UPLOAD_BYTES_MAX,
            done: None,
            trouble: None,
            running: None,
            findings,
            held,
        })
    }

    async fn import_row(&self, row: &store::ImportRow, zone: &terms::Zone, with_examples: bool) -> ImportRow {
        let about: serde_json::Value = serde_json::from_str(&row.files).unwrap_or_default();
        let day = |at: i64| zone.date(Instant(at));
        ImportRow {
            id: row.id.to_string(),
            file: files_of(row).join(", "),
            layout: row.map_name.clone(),
            at: moment(Instant(row.at), zone),
            rows: about["rows"].as_u64().unwrap_or_default(),
            kept: row.facts.max(0) as u64,
            known: row.duplicates.max(0) as u64,
            set_aside: row.rejects.max(0) as u64,
            reasons: self.reasons(row, &about, with_examples).await,
            days: row.min_at.zip(row.max_at).map(|(first, last)| (day(first), day(last))),
            undone: row.undone_at.is_some(),
        }
    }

    /// Why rows were set aside, the most frequent reason first.
    async fn reasons(
        &self,
        row: &store::ImportRow,
        about: &serde_json::Value,
        with_examples: bool,
    ) -> Vec<RejectReason> {
        let counts = about["rejects"].as_object().into_iter().flatten();
        let mut reasons: Vec<RejectReason> = counts
            .filter_map(|(code, rows)| {
                Some(RejectReason {
                    code: code.clone(),
                    message: code.replace(['.', '_'], " "),
                    rows: rows.as_u64()?,
                    example: None,
                })
            })
            .collect();
        reasons.sort_by(|a, b| (b.rows, &a.code).cmp(&(a.rows, &b.code)));
        let Some(file) = row.rejects_path.as_ref().filter(|_| with_examples && !reasons.is_empty()) else {
            return reasons;
        };
        // The list is there to be helpful: without it the counts still stand.
        let examples = match self.history().reject_examples(file, reasons.len()).await {
            Ok(examples) => examples,
            Err(problem) => {
                tracing::warn!(file, "{problem}");
                return reasons;
            }
        };
        for reason in &mut reasons {
            if let Some(example) = examples.iter().find(|example| example.code == reason.code) {
                reason.message.clone_from(&example.reason);
                reason.example = Some((example.line, example.value.clone()));
            }
        }
        reasons
    }

    /// The step before an import: which column of the file means what, and what only the person can know. `answers`
    /// are those the file was looked at with.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn match_page(&self, upload: &str, found: &Found, answers: &Answers) -> Result<MatchPage, Problem> {
        let (settings, imports, _) = self.about().await?;
        let snapshot = self.snapshot().await?;
        let main = found.inspection.map.facts.first().map(|rule| rule.table);
        let columns: Vec<MatchColumn> = found
            .inspection
            .columns
            .iter()
            .map(|column| MatchColumn {
                name: column.name.clone(),
                samples: column.values.clone(),
                meaning: meaning(found, main, &column.name),
            })
            .collect();
        Ok(MatchPage {
            workspace: self.workspace(&settings, &imports, snapshot.currency())?,
            upload: upload.to_owned(),
            file: found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            kind: main.map_or("events", kind_of).to_owned(),
            kinds: history::read::As::WORDS.iter().map(|(word, _)| (*word).to_owned()).collect(),
            read_as: read_as(found),
            as_before: found.saved,
            asks: asks(found, answers),
            notes: told_of(found),
            meanings: meanings(main, &columns),
            columns,
            trouble: None,
        })
    }
}

/// What a column is read as: a column of the main table by its name, one of another table with the table before it.
fn meaning(found: &Found, main: Option<Table>, column: &str) -> Option<String> {
    let told = found.meaning(column)?;
    let first = told.split(", ").next()?;
    let own = main.and_then(|main| first.strip_prefix(main.name())).and_then(|rest| rest.strip_prefix('.'));
    Some(own.unwrap_or(first).to_owned())
}

/// What columns can mean for this kind of rows, and whatever one of them is read as beside.
fn meanings(main: Option<Table>, columns: &[MatchColumn]) -> Vec<Meaning> {
    let own = main.map_or(&[][..], Table::columns);
    let mut all: Vec<Meaning> =
        FACT.iter().chain(own).map(|known| Meaning { id: known.name.to_owned(), required: known.required }).collect();
    for meaning in columns.iter().filter_map(|column| column.meaning.as_ref()) {
        if !all.iter().any(|known| known.id == *meaning) {
            all.push(Meaning { id: meaning.clone(), required: false });
        }
    }
    all
}

/// The word for a file of these rows.
fn kind_of(table: Table) -> &'static str {
    match table {
        Table::OrderHeaders => "orders",
        Table::OrderLines => "order_lines",
        Table::Refunds => "refunds",
        Table::SubscriptionChanges => "subscriptions",
        Table::Invoices => "invoices",
        Table::Events => "events",
        Table::Tickets => "tickets",
        Table::Responses => "responses",
        Table::Costs => "costs",
        Table::Profiles => "customers",
    }
}

/// The questions somebody can answer beside the columns, with the answers that were given.
fn asks(found: &Found, answers: &Answers) -> Vec<MatchAsk> {
    let questions = open_questions(found);
    let about = |about: About| questions.iter().find(|question| question.about == about);
    let ask = |id: &str, about: Option<&Question>, said: Option<String>, answers: Vec<String>| {
        let required = about.is_some_and(|question| question.open);
        (about.is_some() || said.is_some()).then(|| MatchAsk { id: id.to_owned(), answers, said, required })
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let currency = found.inspection.map.lacks_currency().then(|| MatchAsk {
        id: "currency".to_owned(),
        answers: currencies().map(str::to_owned).collect(),
        said: currency_of(found).map(|currency| currency.code().to_owned()),
        required: false,
    });
    let form = answers.dates.and_then(|form| form.order()).map(str::to_owned);
    let dates = ask("dates", about(About::Dates), form, words(&["dmy", "mdy"]));
    let per = ask("per", about(About::PricePer), answers.price_per.clone(), words(&INTERVALS));
    let as_of = ask("as_of", about(About::AsOf), answers.as_of.clone(), Vec::new());
    [currency, dates, per, as_of].into_iter().flatten().collect()
}

fn open_questions(found: &Found) -> &[Question] {
    match &found.inspection.origin {
        Origin::Guess { questions, .. } if !found.saved => questions,
        _ => &[],
    }
}

/// What the reader says of the file beside what the page asks in words of its own.
fn told_of(found: &Found) -> Vec<String> {
    let columns =
        open_questions(found).iter().filter(|question| matches!(question.about, About::Columns | About::Amount));
    found.inspection.notes.iter().cloned().chain(columns.map(|question| question.text.clone())).collect()
}

fn read_as(found: &Found) -> Vec<(String, String)> {
    let pair = |what: &str, how: String| (what.to_owned(), how);
    let mut read_as = match &found.inspection.format {
        Format::Csv(csv) => {
            let delimiter =
                if csv.delimiter == b'\t' { "tab".to_owned() } else { char::from(csv.delimiter).to_string() };
            vec![pair("encoding", csv.encoding.to_string()), pair("delimiter", delimiter)]
        }
        other => vec![pair("format", other.describe())],
    };
    read_as.push(pair("layout", found.inspection.map.name.clone()));
    let zone = found.inspection.map.zone.as_deref().unwrap_or_else(|| found.inspection.zone().name());
    read_as.push(pair("zone", zone.to_owned()));
    read_as
}
