//! `regulars segment`: groups of customers by rule, as files of TOML.

use std::io::Read;
use std::path::PathBuf;

use app::{Definition, Problem};

use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Segments: groups of customers by rule, for `--segment` of every metric
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the segments with their members counted
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Save a segment from a file of TOML (`-` for standard input); the short name is made of its name unless said
    Save {
        /// The file: name = "Twice", and under the heading rule: did = { what = "order", at_least = 2 }
        file: PathBuf,
        /// Its short name
        #[arg(long)]
        slug: Option<String>,
    },
    /// Count who would be in a segment, without saving it
    Preview {
        /// The file
        file: PathBuf,
        /// As of the start of this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one segment: its file, its members counted, who came in and went out
    Show {
        /// Its short name
        slug: String,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// List who is in a segment, one identifier a line
    Members {
        /// Its short name
        slug: String,
        /// As of the start of this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a segment away
    Remove {
        /// Its short name
        slug: String,
    },
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    match args.action {
        Action::List { json } => {
            let all = app.segments().await?;
            if json {
                return output::json(&all);
            }
            if all.is_empty() {
                say!("There are no segments yet. Write one in a file and save it: regulars segment save FILE");
            }
            for one in all {
                let count = one.customers.map_or_else(|| "?".to_owned(), |count| count.to_string());
                say!("{:<24} {:>9} of {}  {}: {}", one.slug, count, one.of, one.name, one.says);
                if let Some(problem) = one.problem {
                    say!("{:<24} {} ({})", "", problem.message, problem.hint);
                }
            }
        }
        Action::Save { file, slug } => {
            let saved = app.save_segment(&read(&file)?, slug.as_deref()).await?;
            let count = saved.customers.unwrap_or(0);
            say!("Segment '{}' was saved: {count} of {} customers ({}).", saved.slug, saved.of, saved.says);
        }
        Action::Preview { file, as_of, json } => {
            let as_of = as_of.as_deref().map(str::parse).transpose()?;
            let found = app.preview_segment(&read(&file)?, as_of).await?;
            if json {
                return output::json(&found);
            }
            say!("{} of {} customers on {}: {}", found.customers, found.of, found.as_of, found.says);
            found.sample.iter().for_each(|id| say!("  {id}"));
        }
        Action::Show { slug, json } => {
            let (one, moves) = (app.segment(&slug).await?, app.segment_moves(&slug).await?);
            if json {
                return output::json(&serde_json::json!({ "segment": one, "moves": moves }));
            }
            say!("{}", app.segment_text(&slug).await?.trim_end());
            say!("");
            say!("{} of {} customers: {}", one.customers.unwrap_or(0), one.of, one.says);
            for one in moves {
                say!("{}  {:>7} came in, {:>7} went out", one.at, one.entered, one.left);
            }
        }
        Action::Members { slug, as_of, json } => {
            let as_of = as_of.as_deref().map(str::parse).transpose()?;
            let ids = app.segment_members(&slug, as_of).await?;
            if json {
                return output::json(&ids);
            }
            ids.iter().for_each(|id| say!("{id}"));
        }
        Action::Remove { slug } => {
            app.remove_segment(&slug).await?;
            say!("Segment '{slug}' was removed.");
        }
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<Definition, Problem> {
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| {
        let message = format!("cannot read {}: {error}", file.display());
        Problem::invalid("no_file", message, "name a file of TOML, or - for standard input")
    })?;
    Ok(Definition::from_toml(&text)?)
}
