//! `regulars customers`: the people behind a number.

use app::{PeopleQuery, Problem};
use reports::pages::Who;
use serde_json::json;

use crate::output::{self, Output};
use crate::{FOLDER, PlaceArgs};

/// List customers: all of them, or those behind a number
#[derive(clap::Args)]
pub(crate) struct Args {
    /// all, at-start, active, kept, lost, first, returned, ordered, repeat, cohort, group, overdue, top, mrr
    #[arg(default_value = "all")]
    who: String,
    /// The period the number speaks of, as in 2011-11 or 30d; the last month that is over without it
    #[arg(long)]
    period: Option<String>,
    /// An RFM group, as in champions (with who = group)
    #[arg(long)]
    group: Option<String>,
    /// A cohort, as in 2011-03 (with who = cohort)
    #[arg(long)]
    cohort: Option<String>,
    /// How cohorts are made: start, country, product
    #[arg(long, default_value = "start")]
    by: String,
    /// The step of the cohorts
    #[arg(long, default_value = "month")]
    grain: String,
    /// Steps after they began
    #[arg(long, default_value = "0")]
    step: String,
    /// The top per cent by spend (with who = top)
    #[arg(long)]
    top: Option<String>,
    /// With who = mrr: start, end, new, expansion, reactivation, contraction, churn, voluntary, involuntary, dispute, unknown,
    /// scheduled, plan
    #[arg(long)]
    part: Option<String>,
    /// The plan (with who = mrr and part = plan)
    #[arg(long)]
    plan: Option<String>,
    /// A segment, as in country:Finland
    #[arg(long)]
    segment: Option<String>,
    /// Text that the identifier, name or e-mail address contains
    #[arg(long, short)]
    search: Option<String>,
    /// A column: customer, country, status, group, plan, mrr, since, first_order, last_order, days_since, orders, spend, …
    #[arg(long)]
    sort: Option<String>,
    /// asc, desc
    #[arg(long)]
    dir: Option<String>,
    #[command(flatten)]
    output: Output,
}

impl Args {
    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "who" => Some(&self.who),
            "period" => self.period.as_deref(),
            "group" => self.group.as_deref(),
            "cohort" => self.cohort.as_deref(),
            "by" => Some(&self.by),
            "grain" => Some(&self.grain),
            "step" => Some(&self.step),
            "top" => self.top.as_deref(),
            "part" => self.part.as_deref(),
            "plan_of" => self.plan.as_deref(),
            "segment" => self.segment.as_deref(),
            "q" => self.search.as_deref(),
            "sort" => self.sort.as_deref(),
            "dir" => self.dir.as_deref(),
            _ => None,
        }
    }
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let period = app.days_of(args.period.as_deref()).await?;
    let args = Args { period: Some(period.to_string()), ..args };
    let names = [
        "who", "period", "group", "cohort", "by", "grain", "step", "top", "part", "plan_of", "segment", "q", "sort",
        "dir",
    ];
    let pairs: Vec<(String, String)> =
        names.iter().filter_map(|name| Some(((*name).to_owned(), args.value(name)?.to_owned()))).collect();
    if Who::from_pairs(|name| args.value(name)).is_none() {
        return Err(no_list(&args.who));
    }
    let query = PeopleQuery::from_pairs(&pairs);
    let rows = app.people_rows(&query).await?;
    if args.output.json {
        return output::json(&json!({ "who": args.who, "customers": rows.len(), "rows": rows.json()? }));
    }
    args.output.rows(&rows)
}

/// What a list lacks, by its name.
fn no_list(who: &str) -> Problem {
    let (what, hint) = match who {
        "group" => ("the list 'group' needs to know which", "add --group champions, or another of `regulars rfm`"),
        "cohort" => ("the list 'cohort' needs to know which", "add --cohort 2011-03, as `regulars cohorts` names them"),
        "top" => ("the list 'top' needs to know how many", "add --top 10 for the top ten per cent"),
        other => {
            let hint = "use one of: all, at-start, active, kept, lost, first, returned, ordered, repeat, cohort, group, \
                        overdue, top";
            return Problem::invalid("unknown_list", format!("'{other}' is no list of customers"), hint);
        }
    };
    Problem::invalid("list_incomplete", what, hint)
}
