//! `regulars note`: what happened on a day, for the charts.

use app::Problem;
use serde_json::json;

use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Notes on days, which stand on every chart that shows the day
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Pin a note to a day
    Add {
        /// The day, as in 2026-03-31
        date: String,
        /// What happened, in at most 280 characters
        text: String,
    },
    /// List the notes
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a note away
    Remove {
        /// Its number in the list
        id: i64,
    },
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    match args.action {
        Action::Add { date, text } => {
            let id = app.add_note(&date, &text).await?;
            say!("Note {id} was added.");
        }
        Action::List { json: true } => {
            let notes = app.notes().await?;
            let notes: Vec<_> =
                notes.iter().map(|note| json!({ "id": note.id, "date": note.date, "text": note.text })).collect();
            return output::json(&notes);
        }
        Action::List { json: false } => {
            for note in app.notes().await? {
                say!("{:>4}  {}  {}", note.id, note.date, note.text);
            }
        }
        Action::Remove { id } => {
            app.remove_note(id).await?;
            say!("Note {id} was removed.");
        }
    }
    Ok(())
}
