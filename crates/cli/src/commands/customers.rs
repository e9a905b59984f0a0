//! `regulars customers`: the people behind a number.

use std::collections::BTreeMap;

use app::{App, PeopleQuery, Problem};
use reports::pages::{DID_METRICS, Who};
use serde_json::json;

use super::metric::DidArgs;
use crate::output::{self, Output};
use crate::{FOLDER, PlaceArgs};

/// List customers: all of them, or those behind a number
#[derive(clap::Args)]
pub(crate) struct Args {
    /// all, at-start, active, kept, lost, first, returned, ordered, repeat, cohort, group, overdue, top, mrr; or behind a number
    /// of behaviour: funnel, event-retention, paths, stayed-did, friction
    #[arg(default_value = "all")]
    who: String,
    /// The period the number speaks of, as in 2011-11 or 30d; the last month that is over without it
    #[arg(long)]
    period: Option<String>,
    /// An RFM group, as in champions (with who = group); of behaviour a row of the answer
    #[arg(long)]
    group: Option<String>,
    /// A cohort, as in 2011-03 (with who = cohort)
    #[arg(long)]
    cohort: Option<String>,
    /// How cohorts are made: start (as without it), country, product; of behaviour a column
    #[arg(long)]
    by: Option<String>,
    /// The step of the cohorts: month without it; of event-retention day
    #[arg(long)]
    grain: Option<String>,
    /// Steps after they began, 0 without it; the step of a funnel, from 1; the cell of event-retention
    #[arg(long)]
    step: Option<String>,
    /// The top per cent by spend (with who = top)
    #[arg(long)]
    top: Option<String>,
    /// With who = mrr: start, end, new, expansion, reactivation, contraction, churn, voluntary, involuntary, dispute, unknown,
    /// scheduled, plan; funnel: reached, stopped; event-retention: returned, not; paths: on, ended; stayed-did: did, not,
    /// stayed, left; friction: visited, went-on, turned-back, ended
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
    /// Paths: the events after the anchor, as in "view > buy"
    #[arg(long, value_name = "EVENTS")]
    way: Option<String>,
    /// Stayed-did, friction: the event
    #[arg(long, value_name = "EVENT")]
    name: Option<String>,
    /// Stayed-did: so often or more
    #[arg(long, value_name = "N")]
    times: Option<u32>,
    /// Behaviour: what makes a customer begin
    #[arg(long, value_name = "EVENT")]
    begin: Option<String>,
    /// Behaviour: ignore facts on this day or later
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Behaviour: only facts for which this holds, in SQL
    #[arg(long = "where", value_name = "CONDITION")]
    filter: Option<String>,
    #[command(flatten)]
    did: DidArgs,
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
            "by" => Some(self.by.as_deref().unwrap_or("start")),
            "grain" => Some(self.grain.as_deref().unwrap_or("month")),
            "step" => Some(self.step.as_deref().unwrap_or("0")),
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

    /// The parts of a question about behaviour and of the number asked about, by their names in an address.
    fn asked(&self) -> BTreeMap<String, String> {
        let did = &self.did;
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let said = [
            ("period", self.period.clone()),
            ("as_of", self.as_of.clone()),
            ("filter", self.filter.clone()),
            ("grain", self.grain.clone()),
            ("by", self.by.clone()),
            ("begin", self.begin.clone()),
            ("facts", did.facts.clone()),
            ("through", did.through.clone()),
            ("within", did.within.clone()),
            ("mode", did.mode.clone()),
            ("back", did.back.clone()),
            ("entry", did.entry.clone()),
            ("clock", did.clock.clone()),
            ("measure", did.measure.clone()),
            ("brackets", did.brackets.clone()),
            ("anchor", did.anchor.clone()),
            ("direction", did.direction.clone()),
            ("depth", number(did.depth)),
            ("loops", did.loops.clone()),
            ("gap", did.gap.clone()),
            ("stall", did.stall.clone()),
            ("goal", did.goal.clone()),
            ("stayed", did.stayed.clone()),
            ("support", number(did.support)),
            ("at", self.step.clone()),
            ("group", self.group.clone()),
            ("part", self.part.clone()),
            ("way", self.way.clone()),
            ("name", self.name.clone()),
            ("times", number(self.times)),
        ];
        said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    if DID_METRICS.contains(&args.who.as_str()) {
        return did(&app, &args).await;
    }
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
    show(&app, &query, &args).await
}

/// The customers behind a number of behaviour.
async fn did(app: &App, args: &Args) -> Result<(), Problem> {
    let who = Who::Did { metric: args.who.clone(), asked: args.asked() };
    let list = ["segment", "q", "sort", "dir"];
    let more = list.iter().filter_map(|name| Some(((*name).to_owned(), args.value(name)?.to_owned())));
    let pairs: Vec<(String, String)> =
        who.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).chain(more).collect();
    show(app, &PeopleQuery::from_pairs(&pairs), args).await
}

async fn show(app: &App, query: &PeopleQuery, args: &Args) -> Result<(), Problem> {
    let rows = app.people_rows(query).await?;
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
                        overdue, top, mrr, funnel, event-retention, paths, stayed-did, friction";
            return Problem::invalid("unknown_list", format!("'{other}' is no list of customers"), hint);
        }
    };
    Problem::invalid("list_incomplete", what, hint)
}
