//! `regulars settings`: what is decided about the workspace, shown and changed.

use app::Problem;
use serde_json::{Map, Value, json};

use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Show the settings, one of them, or change one
#[derive(clap::Args)]
pub(crate) struct Args {
    /// name, zone, currency, week_start, language, customer
    key: Option<String>,
    /// The new value; of customer: auto, contract, purchase, purchase:DAYS, event, event:DAYS, event:DAYS:NAME
    value: Option<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    if let (Some(key), Some(value)) = (&args.key, &args.value) {
        let refused = app.change_settings(&[(key.clone(), value.clone())]).await?;
        if let Some(refused) = refused.into_iter().next() {
            return Err(refused.problem);
        }
    }
    let mut settings = app.listed_settings().await?;
    if let Some(key) = &args.key {
        settings.retain(|(name, ..)| name == key);
        if settings.is_empty() {
            let hint = format!("use one of: {}", app::SETTINGS.join(", "));
            return Err(Problem::invalid("unknown_setting", format!("there is no setting '{key}'"), hint));
        }
    }
    if args.json {
        let one = |(name, value, fixed): &(&'static str, String, bool)| {
            ((*name).to_owned(), json!({ "value": value, "fixed": fixed }))
        };
        return output::json(&Value::Object(settings.iter().map(one).collect::<Map<_, _>>()));
    }
    for (name, value, fixed) in settings {
        say!("{name:<12}{value}{}", if fixed { "   (regulars.toml)" } else { "" });
    }
    Ok(())
}
