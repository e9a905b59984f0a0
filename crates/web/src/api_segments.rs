//! What programs ask about segments: which there are, who is in them, and who would be.

use app::{Definition, Problem};
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::Trouble;
use crate::failure::Failure;
use crate::routes::Site;

/// A segment
#[derive(Serialize, ToSchema)]
pub struct Segment {
    /// Its short name, for addresses, filters (`segment('vip')`) and other segments
    slug: String,
    /// What people call it
    name: String,
    /// What it is for
    about: String,
    /// The rule in words
    says: String,
    /// The rule
    #[schema(value_type = Object)]
    rule: Value,
    /// Its members as of the last fact; null where the rule cannot be asked of this history any more
    customers: Option<u64>,
    /// All customers
    of: u64,
    /// Why there are no members to tell
    #[schema(value_type = Option<Trouble>)]
    problem: Option<Problem>,
    /// When it was last changed, RFC 3339
    changed_at: String,
}

/// One segment with its movement
#[derive(Serialize, ToSchema)]
pub struct SegmentWhole {
    #[serde(flatten)]
    segment: Segment,
    /// Who came in and went out as facts arrived, newest first
    moves: Vec<Move>,
}

/// Who came in and went out at an instant
#[derive(Serialize, ToSchema)]
pub struct Move {
    /// The last fact known then, RFC 3339
    at: String,
    /// Came in
    entered: u64,
    /// Went out
    left: u64,
}

/// Who would be in a segment
#[derive(Serialize, ToSchema)]
pub struct SegmentPreview {
    /// The rule in words
    says: String,
    /// How many
    customers: u64,
    /// Of how many
    of: u64,
    /// The first day that is not counted
    as_of: String,
    /// Some of them
    sample: Vec<String>,
}

/// What a segment is made of
#[derive(ToSchema)]
#[allow(dead_code)] // The form of a definition, for the file alone: it is read by the crate that knows the rules.
pub struct SegmentDefinition {
    /// What people call it
    name: String,
    /// What it is for
    about: Option<String>,
    /// Who belongs, as in `{"did": {"what": "order", "at_least": 2, "within": "90d"}}`
    #[schema(value_type = Object)]
    rule: Value,
}

fn told(one: app::SegmentShown) -> Segment {
    Segment {
        slug: one.slug,
        name: one.name,
        about: one.about,
        says: one.says,
        rule: one.rule,
        customers: one.customers,
        of: one.of,
        problem: one.problem,
        changed_at: one.changed_at,
    }
}

fn slug(path: Result<Path<String>, PathRejection>) -> Result<String, Failure> {
    path.map(|Path(slug)| slug).map_err(|_| Failure::nowhere())
}

fn read(body: Result<Json<Definition>, JsonRejection>) -> Result<Definition, Failure> {
    body.map(|Json(definition)| definition).map_err(|error| {
        let words = error.body_text();
        let what = words.rsplit_once("target type: ").map_or(words.as_str(), |(_, what)| what).to_owned();
        let hint = "send {\"name\": \"…\", \"rule\": {…}} as application/json; see /api/openapi.json";
        Problem::invalid("segment_text", format!("this is no segment: {what}"), hint).into()
    })
}

/// All segments, by name
#[utoipa::path(get, path = "/api/segments", responses((status = 200, body = Vec<Segment>)))]
pub async fn list(State(site): State<Site>) -> Result<Response, Failure> {
    let all: Vec<Segment> = site.app.segments().await?.into_iter().map(told).collect();
    Ok(Json(all).into_response())
}

/// One segment, with who came in and went out
#[utoipa::path(
    get,
    path = "/api/segments/{slug}",
    params(("slug" = String, Path, description = "Its short name")),
    responses(
        (status = 200, body = SegmentWhole),
        (status = 404, body = Trouble, description = "There is no such segment"),
    )
)]
pub async fn one(State(site): State<Site>, path: Result<Path<String>, PathRejection>) -> Result<Response, Failure> {
    let slug = slug(path)?;
    let segment = told(site.app.segment(&slug).await?);
    let moves = site.app.segment_moves(&slug).await?;
    let moves = moves.into_iter().map(|one| Move { at: one.at, entered: one.entered, left: one.left }).collect();
    Ok(Json(SegmentWhole { segment, moves }).into_response())
}

/// Saves a segment under this short name
#[utoipa::path(
    put,
    path = "/api/segments/{slug}",
    params(("slug" = String, Path, description = "Its short name")),
    request_body = SegmentDefinition,
    responses(
        (status = 200, body = Segment),
        (status = 422, body = Trouble, description = "The rule cannot be asked: where, and what to write instead"),
    )
)]
pub async fn save(
    State(site): State<Site>,
    path: Result<Path<String>, PathRejection>,
    body: Result<Json<Definition>, JsonRejection>,
) -> Result<Response, Failure> {
    let (slug, definition) = (slug(path)?, read(body)?);
    Ok(Json(told(site.app.save_segment(&definition, Some(&slug)).await?)).into_response())
}

/// Takes a segment away
#[utoipa::path(
    delete,
    path = "/api/segments/{slug}",
    params(("slug" = String, Path, description = "Its short name")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Trouble, description = "There is no such segment"),
        (status = 422, body = Trouble, description = "Another segment is made of it"),
    )
)]
pub async fn remove(State(site): State<Site>, path: Result<Path<String>, PathRejection>) -> Result<Response, Failure> {
    site.app.remove_segment(&slug(path)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who would be in a segment, without saving it
#[utoipa::path(
    post,
    path = "/api/segments/preview",
    request_body = SegmentDefinition,
    responses(
        (status = 200, body = SegmentPreview),
        (status = 422, body = Trouble, description = "The rule cannot be asked: where, and what to write instead"),
    )
)]
pub async fn preview(
    State(site): State<Site>,
    body: Result<Json<Definition>, JsonRejection>,
) -> Result<Response, Failure> {
    let found = site.app.preview_segment(&read(body)?, None).await?;
    let told = SegmentPreview {
        says: found.says,
        customers: found.customers,
        of: found.of,
        as_of: found.as_of.to_string(),
        sample: found.sample,
    };
    Ok(Json(told).into_response())
}
