//! What people see: tables, errors. Programs get `--json`, `--csv` or `--parquet`.

use std::path::PathBuf;

use app::{Problem, Rows};
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

/// Prints a line; a reader that has gone away (`| head`) is no error.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}
pub(crate) use say;

/// How an answer is written.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Output {
    /// Write JSON
    #[arg(long, conflicts_with_all = ["csv", "parquet"])]
    pub(crate) json: bool,
    /// Write CSV
    #[arg(long, conflicts_with = "parquet")]
    pub(crate) csv: bool,
    /// Write a Parquet file
    #[arg(long, value_name = "FILE")]
    pub(crate) parquet: Option<PathBuf>,
}

/// Rows a person is shown at most.
const ROWS_SHOWN: usize = 200;

impl Output {
    /// Whether a program reads this.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.json || self.csv || self.parquet.is_some()
    }

    /// Writes rows as CSV or Parquet, or as a table.
    pub(crate) fn rows(&self, rows: &Rows) -> Result<(), Problem> {
        if let Some(path) = &self.parquet {
            rows.write_parquet(path)?;
            eprintln!("{} rows written to {}", rows.len(), path.display());
        } else if self.csv {
            rows.write_csv(&mut Gone(std::io::stdout().lock()))?;
        } else {
            say!("{}", table(rows.names(), &rows.numeric(), rows.text(ROWS_SHOWN)?));
            if rows.len() > ROWS_SHOWN {
                say!("{ROWS_SHOWN} of {} rows shown; --csv writes all of them.", rows.len());
            }
        }
        Ok(())
    }
}

/// Standard output whose reader may have gone away (`| head`): then the rest is written to nobody.
struct Gone<W>(W);

impl<W: std::io::Write> std::io::Write for Gone<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            other => other,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// A table for people.
pub(crate) fn table(names: Vec<String>, numeric: &[bool], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    let rows = rows.into_iter().map(|row| row.iter().map(|cell| visible(cell)).collect::<Vec<_>>());
    table.load_style(ASCII_MARKDOWN).set_header(names.iter().map(|name| visible(name))).add_rows(rows);
    for (column, numeric) in table.column_iter_mut().zip(numeric) {
        if *numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Text from somebody's file as a terminal may have it: what would move the cursor or turn the writing is shown by number.
fn visible(text: &str) -> String {
    let hidden =
        |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    let shown = |c: char| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() };
    if text.contains(hidden) { text.chars().map(shown).collect() } else { text.to_owned() }
}

/// What happened, where, what to do next.
pub(crate) fn say_problem(problem: &Problem) {
    eprintln!("error[{}]: {}", problem.code, problem.message);
    if !problem.hint.is_empty() {
        eprintln!("hint: {}", problem.hint);
    }
}

/// JSON on standard output.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Problem::invalid("internal", error.to_string(), "this is our mistake; please report it"))?;
    say!("{text}");
    Ok(())
}
