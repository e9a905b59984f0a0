//! What programs ask: metrics, imports, health, and the OpenAPI file that is made from these routes.

use app::{Ask, Problem};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::api_segments;
use crate::failure::Failure;
use crate::routes::Site;

/// What a metric can be asked. Each takes what it needs and refuses what it cannot use.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// `2011-11`, `2011-Q3`, `2011`, `2011-01-01..2011-02-01`, or `30d`, `90d`, `12m` before the last fact
    period: Option<String>,
    /// Step of a series or of cohorts: `day`, `week`, `month`, `quarter`, `year`
    grain: Option<String>,
    /// Facts on this day or later are ignored
    as_of: Option<String>,
    /// Only facts for which this holds, in SQL: `country = 'Finland'`
    filter: Option<String>,
    /// Only customers of this segment, by its short name
    segment: Option<String>,
    /// Definitions: `regulars`, `textbook`; of recurring revenue `regulars`, `chartmogul`, `stripe`, `profitwell`, `baremetrics`
    profile: Option<String>,
    /// Who is a customer: `contract`, `purchase`, `event`
    rule: Option<String>,
    /// Days a purchase or event counts; found from the data unless said
    window: Option<u32>,
    /// Only events of this name
    event: Option<String>,
    /// Groups by a column; cohorts by `start`, `first_product`, `first_category`, `country`, `channel` or an attribute
    by: Option<String>,
    /// Cohorts begin with other facts than those counted later: `purchase`, `contract`, `event`, `event::signup`. Event
    /// retention and stayed-did begin with an event: `signup`, `buy[plan = pro]`
    begin: Option<String>,
    /// RFM grid: `regulars`, `shopify-11`, `classic-10`, `klaviyo-6`
    preset: Option<String>,
    /// RFM: movement between groups since this date
    since: Option<String>,
    /// RFM scores for each measure: 3 or 5
    scores: Option<u8>,
    /// RFM ties: `same`, `by-id`
    ties: Option<String>,
    /// Money: `gross`, `net`
    spend: Option<String>,
    /// Most steps of a cohort, or after an entry
    steps: Option<u32>,
    /// Questions about behaviour are about: events, orders
    facts: Option<String>,
    /// Funnel: the steps in order, as in "view > add[plan = pro] > buy"; * is any event
    through: Option<String>,
    /// Funnel, paths: how long after the first step or the anchor; stayed-did: the first days. As in 30m, 12h, 7d
    within: Option<String>,
    /// Funnel: between (anything may lie between steps), strict (nothing), first-touch (only the first start counts)
    mode: Option<String>,
    /// Event retention: what a return is; stayed-did: what those who stayed did later. Any event unless said
    back: Option<String>,
    /// Event retention: which starts are entries: first, every
    entry: Option<String>,
    /// Event retention: steps by calendar or rolling (24 hours from the entry on)
    clock: Option<String>,
    /// Event retention: on, on-or-after, on-or-before, streak, brackets
    measure: Option<String>,
    /// Event retention: bounds of brackets, as in 0,1,3,7,14,30
    brackets: Option<String>,
    /// Paths: the event to start from
    anchor: Option<String>,
    /// Paths: forward, backward
    direction: Option<String>,
    /// Paths: how many steps, at most 8
    depth: Option<u32>,
    /// Paths: how many events to show at each step
    top: Option<u32>,
    /// Paths: events repeated in a row: collapse, keep
    loops: Option<String>,
    /// Sessions, paths, friction: the longest pause within a session; 30m unless said
    gap: Option<String>,
    /// Friction: a pause longer than this is a wait; 5m unless said
    stall: Option<String>,
    /// Friction: what sessions are for
    goal: Option<String>,
    /// Stayed-did: when after the beginning somebody who stayed came back; 28d..56d unless said
    stayed: Option<String>,
    /// Stayed-did: the fewest customers of a half who did a thing, and who did not
    support: Option<u32>,
    /// Difference: the two groups, as the rows of event-retention name them
    groups: Option<String>,
    /// Difference: which step of event-retention
    step: Option<u32>,
}

impl From<Asked> for Ask {
    fn from(asked: Asked) -> Ask {
        Ask {
            period: asked.period,
            grain: asked.grain,
            as_of: asked.as_of,
            filter: asked.filter,
            segment: asked.segment,
            profile: asked.profile,
            rule: asked.rule,
            window: asked.window,
            event: asked.event,
            by: asked.by,
            begin: asked.begin,
            preset: asked.preset,
            since: asked.since,
            scores: asked.scores,
            ties: asked.ties,
            spend: asked.spend,
            steps: asked.steps,
            facts: asked.facts,
            through: asked.through,
            within: asked.within,
            mode: asked.mode,
            back: asked.back,
            entry: asked.entry,
            clock: asked.clock,
            measure: asked.measure,
            brackets: asked.brackets,
            anchor: asked.anchor,
            direction: asked.direction,
            depth: asked.depth,
            top: asked.top,
            loops: asked.loops,
            gap: asked.gap,
            stall: asked.stall,
            goal: asked.goal,
            stayed: asked.stayed,
            support: asked.support,
            groups: asked.groups,
            step: asked.step,
        }
    }
}

/// What a metric is, the same on every surface
#[derive(Serialize, ToSchema)]
struct Card {
    /// Its name for programs
    id: String,
    /// Its name for people
    title: String,
    /// The question it answers
    question: String,
    /// How it is computed
    formula: String,
    /// Where the definition comes from
    source: String,
    /// What its figures are
    unit: String,
    /// A case small enough to redo by hand
    example: String,
}

/// The answer to a question about a metric. A share is `{part, whole, rate, low, high}`, money `{minor, currency,
/// decimal}`; what is unknown is null
#[derive(Serialize, ToSchema)]
struct Answer {
    card: Card,
    /// The first day that is not counted
    as_of: String,
    /// The last fact there is
    data_until: Option<String>,
    /// Whose definitions were used
    profile: String,
    /// The figures of the formula, by name
    #[schema(value_type = Object)]
    terms: Value,
    /// A series, matrix or list; empty for a single figure
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
    /// What a reader must know
    flags: Vec<Flag>,
}

/// Something a reader must know
#[derive(Serialize, ToSchema)]
struct Flag {
    /// Its name for programs
    code: String,
    /// In words
    text: String,
}

/// An import
#[derive(Serialize, ToSchema)]
struct Import {
    /// Its number
    id: i64,
    /// When, RFC 3339
    at: String,
    /// Names of the files
    files: Vec<String>,
    /// How they were read
    map: String,
    /// New facts
    facts: i64,
    /// Facts that were known before
    duplicates: i64,
    /// Rows set aside or refused
    rejects: i64,
    /// The same by reason, most frequent first
    reasons: Vec<Reason>,
    /// Where the refused rows can be fetched
    rejects_file: Option<String>,
    /// When it was undone, RFC 3339
    undone_at: Option<String>,
}

/// Why rows were set aside
#[derive(Serialize, ToSchema)]
struct Reason {
    /// The stable name of the reason
    code: String,
    /// How many rows
    rows: u64,
}

/// How the installation is
#[derive(Serialize, ToSchema)]
struct Health {
    /// Whether all is well
    ok: bool,
    /// The version of this program
    version: String,
    /// The version of the history: it grows with every change
    history_version: i64,
    /// The last fact, RFC 3339
    data_until: Option<String>,
    /// Facts by view
    #[schema(value_type = Object)]
    rows: Value,
    /// Bytes of the live history files
    history_bytes: i64,
    /// Live history files
    history_files: u64,
    /// What is wrong, in words
    problems: Vec<String>,
}

/// Something that could not be done
#[derive(Serialize, ToSchema)]
#[allow(dead_code)] // The form of an error, for the file alone: it is written where errors get their words.
pub struct Trouble {
    /// A name for programs; it never changes
    code: String,
    /// What happened
    message: String,
    /// What to do next
    hint: String,
}

/// All metrics
#[utoipa::path(get, path = "/api/metrics", responses((status = 200, body = Vec<Card>)))]
pub async fn metrics() -> Response {
    Json(app::cards()).into_response()
}

/// One metric, asked about a period, a filter, a definition
#[utoipa::path(
    get,
    path = "/api/metrics/{name}",
    params(("name" = String, Path, description = "Its name, as in `customer-retention`"), Asked),
    responses(
        (status = 200, body = Answer),
        (status = 404, body = Trouble, description = "There is no such metric"),
        (status = 422, body = Trouble, description = "The question cannot be answered as it was asked"),
        (status = 503, body = Trouble, description = "Later it will work: see Retry-After"),
    )
)]
pub async fn metric(
    State(site): State<Site>,
    name: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Failure> {
    let Ok(Path(name)) = name else { return Err(Failure::nowhere()) };
    let asked = Query::<Asked>::try_from_uri(&uri).map_err(|error| {
        let hint = "the parameters are described in /api/openapi.json";
        let words = error.body_text();
        let what = words.strip_prefix("Failed to deserialize query string: ").unwrap_or(&words);
        Problem::invalid("unknown_parameter", what, hint)
    })?;
    let answer = site.app.metric(&name, &asked.0.into()).await?;
    let data_until = site.app.snapshot().await?.watermark().map(app::rfc3339);
    Ok(Json(answer.json(data_until.as_deref())).into_response())
}

/// All imports, newest first
#[utoipa::path(get, path = "/api/imports", responses((status = 200, body = Vec<Import>)))]
pub async fn imports(State(site): State<Site>) -> Result<Response, Failure> {
    let told = |import: app::Import| Import {
        // Where files lie is nobody's business; how to get them is.
        rejects_file: import.rejects_file.map(|_| format!("/data/rejects.csv?import={}", import.id)),
        id: import.id,
        at: import.at,
        files: import.files,
        map: import.map,
        facts: import.facts,
        duplicates: import.duplicates,
        rejects: import.rejects,
        reasons: import.reasons.into_iter().map(|(code, rows)| Reason { code, rows }).collect(),
        undone_at: import.undone_at,
    };
    Ok(Json(site.app.imports().await?.into_iter().map(told).collect::<Vec<_>>()).into_response())
}

/// How the installation is
#[utoipa::path(
    get,
    path = "/api/health",
    responses((status = 200, body = Health), (status = 503, body = Health, description = "Something needs attention"))
)]
pub async fn health(State(site): State<Site>) -> Result<Response, Failure> {
    let health = site.app.health(false).await?;
    let status = if health.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let told = Health {
        ok: health.ok,
        version: health.version.to_owned(),
        history_version: health.history_version,
        data_until: health.data_until,
        rows: health.rows.into_iter().map(|(view, rows)| (view, Value::from(rows))).collect(),
        history_bytes: health.history_bytes,
        history_files: health.history_files as u64,
        problems: health.problems,
    };
    let mut response = (status, Json(told)).into_response();
    response.extensions_mut().insert(crate::meet::Said);
    Ok(response)
}

/// The OpenAPI file.
pub async fn described() -> Response {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Regulars", description = "Who stays, who leaves, and who they are."),
    paths(
        metrics,
        metric,
        imports,
        health,
        api_segments::list,
        api_segments::one,
        api_segments::save,
        api_segments::remove,
        api_segments::preview
    ),
    components(schemas(Card, Answer, Flag, Import, Reason, Health, Trouble))
)]
struct Described;

/// The OpenAPI file of the routes under `/api`, as JSON.
pub fn openapi() -> String {
    Described::openapi().to_pretty_json().unwrap_or_default() + "\n"
}
