//! `regulars metric`, `cohorts`, `rfm`: figures with their definition, counts and interval.

use app::{Answer, Ask, Column, Flat, Problem, Rows};

use crate::output::{self, Output, say};
use crate::{FOLDER, PlaceArgs};

/// Ask for a metric; `regulars metric` alone lists them
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its name, as in customer-retention
    name: Option<String>,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    output: Output,
}

/// Cohorts: who came together, and who of them is still here
#[derive(clap::Args)]
pub(crate) struct CohortsArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// What the matrix for people shows: rate, customers, revenue, cumulative (revenue per customer so far)
    #[arg(long, default_value = "rate", value_parser = ["rate", "customers", "revenue", "cumulative"])]
    show: String,
    #[command(flatten)]
    output: Output,
}

/// Customer groups by recency, frequency and spend
#[derive(clap::Args)]
pub(crate) struct RfmArgs {
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    output: Output,
}

/// What a question may say.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct AskArgs {
    /// 2011-11, 2011-Q3, 2011, 2011-01-01..2011-02-01, or 30d, 90d, 12m before the last fact
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Step of a series or of cohorts: day, week, month, quarter, year
    #[arg(long)]
    pub(crate) grain: Option<String>,
    /// Ignore facts on this day or later
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Only facts for which this holds, in SQL: "country = 'Finland'"
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) filter: Option<String>,
    /// Only customers of this segment
    #[arg(long, value_name = "NAME")]
    pub(crate) segment: Option<String>,
    /// Definitions: regulars, textbook; of recurring revenue regulars, chartmogul, stripe, profitwell, baremetrics
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Who is a customer: contract, purchase, event
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Days a purchase or event counts; found from the data unless said
    #[arg(long, value_name = "DAYS")]
    pub(crate) window: Option<u32>,
    /// Only events of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,
    /// Groups by a column; cohorts by start, first_product, first_category, country, channel or an attribute
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// Cohorts begin with other facts than those counted later: purchase, contract, event, event::signup; event-retention and
    /// stayed-did begin with an event: signup, "buy[plan = pro]"
    #[arg(long, value_name = "FACTS")]
    pub(crate) begin: Option<String>,
    /// RFM grid: regulars, shopify-11, classic-10, klaviyo-6
    #[arg(long)]
    pub(crate) preset: Option<String>,
    /// RFM: movement between groups since this date
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// RFM scores per measure: 3 or 5
    #[arg(long)]
    pub(crate) scores: Option<u8>,
    /// RFM ties: same, by-id
    #[arg(long)]
    pub(crate) ties: Option<String>,
    /// Money: gross, net
    #[arg(long)]
    pub(crate) spend: Option<String>,
    /// Most steps of a cohort, or after an entry
    #[arg(long)]
    pub(crate) steps: Option<u32>,
    /// Paths: how many events to show at each step
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<u32>,
    /// Difference: the two groups, as the rows of event-retention name them
    #[arg(long, value_name = "A,B")]
    pub(crate) groups: Option<String>,
    /// Difference: which step of event-retention
    #[arg(long, value_name = "K")]
    pub(crate) step: Option<u32>,
    #[command(flatten)]
    pub(crate) did: DidArgs,
}

/// What a question about behaviour may say, of its numbers and of the customers behind them alike.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct DidArgs {
    /// Questions about behaviour are about: events, orders
    #[arg(long, value_name = "FACTS")]
    pub(crate) facts: Option<String>,
    /// Funnel: the steps in order, as in "view > add[plan = pro] > buy"; * is any event
    #[arg(long, value_name = "STEPS")]
    pub(crate) through: Option<String>,
    /// Funnel, paths: how long after the first step or the anchor; stayed-did: the first days. As in 30m, 12h, 7d
    #[arg(long, value_name = "TIME")]
    pub(crate) within: Option<String>,
    /// Funnel: between (anything may lie between steps), strict (nothing), first-touch (only the first start counts)
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<String>,
    /// Event retention: what a return is; stayed-did: what those who stayed did later. Any event unless said
    #[arg(long, value_name = "EVENT")]
    pub(crate) back: Option<String>,
    /// Event retention: which starts are entries: first, every
    #[arg(long, value_name = "WHICH")]
    pub(crate) entry: Option<String>,
    /// Event retention: steps by calendar or rolling (24 hours from the entry on)
    #[arg(long, value_name = "CLOCK")]
    pub(crate) clock: Option<String>,
    /// Event retention: on, on-or-after, on-or-before, streak, brackets
    #[arg(long, value_name = "HOW")]
    pub(crate) measure: Option<String>,
    /// Event retention: bounds of brackets, as in 0,1,3,7,14,30
    #[arg(long, value_name = "BOUNDS")]
    pub(crate) brackets: Option<String>,
    /// Paths: the event to start from
    #[arg(long, value_name = "EVENT")]
    pub(crate) anchor: Option<String>,
    /// Paths: forward, backward
    #[arg(long, value_name = "WAY")]
    pub(crate) direction: Option<String>,
    /// Paths: how many steps, at most 8
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<u32>,
    /// Paths: events repeated in a row: collapse, keep
    #[arg(long, value_name = "HOW")]
    pub(crate) loops: Option<String>,
    /// Sessions, paths, friction: the longest pause within a session; 30m unless said
    #[arg(long, value_name = "TIME")]
    pub(crate) gap: Option<String>,
    /// Friction: a pause longer than this is a wait; 5m unless said
    #[arg(long, value_name = "TIME")]
    pub(crate) stall: Option<String>,
    /// Friction: what sessions are for
    #[arg(long, value_name = "EVENT")]
    pub(crate) goal: Option<String>,
    /// Stayed-did: when after the beginning somebody who stayed came back; 28d..56d unless said
    #[arg(long, value_name = "FROM..TO")]
    pub(crate) stayed: Option<String>,
    /// Stayed-did: the fewest customers of a half who did a thing, and who did not
    #[arg(long, value_name = "N")]
    pub(crate) support: Option<u32>,
}

impl From<AskArgs> for Ask {
    fn from(args: AskArgs) -> Ask {
        Ask {
            period: args.period,
            grain: args.grain,
            as_of: args.as_of,
            filter: args.filter,
            segment: args.segment,
            profile: args.profile,
            rule: args.rule,
            window: args.window,
            event: args.event,
            by: args.by,
            begin: args.begin,
            preset: args.preset,
            since: args.since,
            scores: args.scores,
            ties: args.ties,
            spend: args.spend,
            steps: args.steps,
            top: args.top,
            groups: args.groups,
            step: args.step,
            facts: args.did.facts,
            through: args.did.through,
            within: args.did.within,
            mode: args.did.mode,
            back: args.did.back,
            entry: args.did.entry,
            clock: args.did.clock,
            measure: args.did.measure,
            brackets: args.did.brackets,
            anchor: args.did.anchor,
            direction: args.did.direction,
            depth: args.did.depth,
            loops: args.did.loops,
            gap: args.did.gap,
            stall: args.did.stall,
            goal: args.did.goal,
            stayed: args.did.stayed,
            support: args.did.support,
        }
    }
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    match &args.name {
        None => list(&args.output),
        Some(name) => {
            let (answer, data_until) = asked(place, name, args.ask).await?;
            if args.output.is_for_programs() {
                write(&answer, data_until.as_deref(), &args.output)
            } else {
                say(&answer, data_until.as_deref())
            }
        }
    }
}

pub(crate) async fn rfm(place: &PlaceArgs, args: RfmArgs) -> Result<(), Problem> {
    let (answer, data_until) = asked(place, "rfm", args.ask).await?;
    if args.output.is_for_programs() {
        write(&answer, data_until.as_deref(), &args.output)
    } else {
        say(&answer, data_until.as_deref())
    }
}

pub(crate) async fn cohorts(place: &PlaceArgs, args: CohortsArgs) -> Result<(), Problem> {
    let (answer, data_until) = asked(place, "cohorts", args.ask).await?;
    if args.output.is_for_programs() {
        return write(&answer, data_until.as_deref(), &args.output);
    }
    heading(&answer);
    matrix(&answer, &args.show);
    footer(&answer, data_until.as_deref());
    Ok(())
}

async fn asked(place: &PlaceArgs, name: &str, ask: AskArgs) -> Result<(Answer, Option<String>), Problem> {
    let app = place.open(FOLDER).await?;
    let answer = app.metric(name, &ask.into()).await?;
    let data_until = app.snapshot().await?.watermark().map(app::rfc3339);
    Ok((answer, data_until))
}

fn list(output: &Output) -> Result<(), Problem> {
    if output.json {
        return output::json(&app::cards());
    }
    let rows =
        app::cards().iter().map(|card| vec![card.id.to_owned(), card.title.to_owned(), card.question.to_owned()]);
    say!("{}", output::table(["name", "metric", "question"].map(str::to_owned).to_vec(), &[false; 3], rows.collect()));
    Ok(())
}

/// For programs.
pub(crate) fn write(answer: &Answer, data_until: Option<&str>, output: &Output) -> Result<(), Problem> {
    if output.json {
        return output::json(&answer.json(data_until));
    }
    let column = |flat: Flat| match flat {
        Flat::Text(values) => Column::Text(values),
        Flat::Whole(values) => Column::Whole(values),
        Flat::Number(values) => Column::Number(values),
        Flat::Yes(values) => Column::Flag(values),
    };
    let columns = answer.flat().into_iter().map(|(name, flat)| (name, column(flat))).collect();
    output.rows(&Rows::from_columns(columns)?)
}

/// For people.
pub(crate) fn say(answer: &Answer, data_until: Option<&str>) -> Result<(), Problem> {
    heading(answer);
    for term in &answer.terms {
        say!("  {:<24} {:<52} {}", term.name, term.value.text(), term.about);
    }
    if !answer.rows.is_empty() {
        let numeric: Vec<bool> =
            (0..answer.columns.len()).map(|place| answer.rows.iter().any(|row| row[place].is_number())).collect();
        let rows = answer.rows.iter().take(400).map(|row| row.iter().map(|value| value.cell()).collect());
        say!("{}", output::table(answer.columns.clone(), &numeric, rows.collect()));
    }
    footer(answer, data_until);
    Ok(())
}

fn heading(answer: &Answer) {
    say!("{}: {}", answer.card.title, answer.card.question);
}

fn footer(answer: &Answer, data_until: Option<&str>) {
    answer.flags.iter().for_each(|flag| say!("note: {}", flag.text));
    say!("formula: {}", answer.card.formula);
    say!("profile {}, as of {}, data to {}", answer.profile, answer.as_of, data_until.unwrap_or("(none)"));
}

/// The cells of a cohort answer as a triangle.
fn matrix(answer: &Answer, show: &str) {
    let place = |name: &str| answer.columns.iter().position(|column| column == name).unwrap_or(0);
    let shown = match show {
        "customers" => place("customers"),
        "revenue" => place("revenue"),
        "cumulative" => place("revenue_per_customer"),
        _ => place("retention"),
    };
    let complete = place("complete");
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in &answer.rows {
        if rows.last().is_none_or(|last| last[0] != row[0].text()) {
            rows.push(vec![row[0].text(), row[1].text()]);
        }
        let open = if row[complete] == app::Value::Flag(true) { "" } else { "*" };
        if let Some(last) = rows.last_mut() {
            last.push(format!("{}{open}", row[shown].cell().trim_end_matches(" %")));
        }
    }
    let widest = rows.iter().map(Vec::len).max().unwrap_or(2);
    let head: Vec<String> =
        ["cohort", "size"].map(str::to_owned).into_iter().chain((0..widest - 2).map(|step| step.to_string())).collect();
    let numeric: Vec<bool> = (0..widest).map(|place| place > 0).collect();
    say!("{}", output::table(head, &numeric, rows));
    say!("* still counting");
}
