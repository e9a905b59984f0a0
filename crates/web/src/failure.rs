//! What goes wrong, as a status and a [`Problem`]. The words for people are put around it in [`crate::meet`].

use app::{Kind, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Seconds after which somebody who was turned away may ask again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// A request that could not be answered.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status of HTTP.
    pub status: StatusCode,
    /// What happened, and what to do next.
    pub problem: Problem,
}

impl Failure {
    /// A failure that `app` knows nothing of: it lies in the request itself.
    pub fn new(status: StatusCode, code: &str, message: &str, hint: &str) -> Failure {
        Failure { status, problem: Problem::invalid(code, message, hint) }
    }

    /// The address leads nowhere.
    pub fn nowhere() -> Failure {
        Failure::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address", "begin at /retention")
    }

    /// A form that did not come from one of our pages.
    pub fn foreign_form() -> Failure {
        let message = "the form is too old, or was not sent from a page of Regulars";
        Failure::new(StatusCode::FORBIDDEN, "foreign_form", message, "open the page again and send the form from there")
    }

    /// Words that tell nothing about files, queries or code: what a stranger may read.
    pub fn for_strangers(&self) -> (String, String) {
        match self.problem.kind {
            // Damage is told by names of our own and the way out of it.
            Kind::Invalid | Kind::NotFound | Kind::Damaged => (self.problem.message.clone(), self.problem.hint.clone()),
            Kind::Busy => ("Regulars is busy with something else".to_owned(), "try again in a few seconds".to_owned()),
            Kind::Full => ("there is no room left on the disk".to_owned(), "make room and try again".to_owned()),
            Kind::Ours => {
                let hint = "try again; if it stays, report it with its number, which is in the log beside the cause";
                ("something went wrong on our side".to_owned(), hint.to_owned())
            }
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        let status = match problem.kind {
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Full => StatusCode::INSUFFICIENT_STORAGE,
            Kind::Damaged | Kind::Ours => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Failure { status, problem }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response.extensions_mut().insert(self);
        response
    }
}
