//! `regulars explain`: where a figure comes from, and the SQL that gives it.

use app::{Ask, Problem};
use serde_json::json;

use super::metric::{self, AskArgs};
use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Explain a figure: definition, formula with its own figures, what to know of it, and the SQL that gives the same
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The metric, as in customer-retention
    name: String,
    #[command(flatten)]
    ask: AskArgs,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let found = app.explain(&args.name, &Ask::from(args.ask)).await?;
    let data_until = found.data_until.as_deref();
    if args.json {
        let mut whole = found.answer.json(data_until);
        whole["sql"] = match &found.sql {
            Ok(sql) => json!(sql),
            Err(why) => json!({ "text": null, "why": why }),
        };
        return output::json(&whole);
    }
    metric::say(&found.answer, data_until)?;
    let card = found.answer.card;
    say!("");
    say!("Definition: {}", card.formula);
    say!("Source:     {}", card.source);
    say!("Example:    {}", card.example);
    say!("");
    match found.sql {
        Ok(sql) => {
            say!("The same with `regulars sql` ({}):", sql.gives.join(", "));
            say!("");
            say!("{}", sql.text);
        }
        Err(why) => say!("No SQL: {why}."),
    }
    Ok(())
}
