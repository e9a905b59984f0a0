//! What every request goes through: limits before the handler; headers, cookies and words for errors after it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::{Kind, Problem};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use reports::pages::Trouble;
use ui::pages;

use crate::failure::Failure;
use crate::routes::{FORM_BYTES_MAX, Site};
use crate::settings;
use crate::visit::{self, Visit};

/// How long one answer may take. Uploads are measured by their silence instead: see `uploads`.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a form may take to arrive.
const FORM_PATIENCE: Duration = Duration::from_secs(30);
/// Longer addresses are refused.
const ADDRESS_BYTES_MAX: usize = 8_192;

/// What browsers are told with every answer.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data:; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];
const VARY: &str = "x-part, cookie, accept-language";

/// Numbers of errors, so that a person can quote the line of the log.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// Around every request.
pub async fn meet(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let mut visit = Visit::of(request.method(), request.uri(), request.headers());
    if !visit.lang_is_told && !visit.program && !visit.here.path().starts_with("/static/") {
        visit.lang = site.lang().await;
    }
    let visit = Arc::new(visit);
    request.extensions_mut().insert(visit.clone());
    let response = match refuse(&site, &request) {
        Some(failure) => failure.into_response(),
        None => answer(&site, request, next).await,
    };
    let mut response = in_words(&site, &visit, response).await;
    dress(&visit, &mut response);
    response
}

/// Refusals that need no handler.
fn refuse(site: &Site, request: &Request) -> Option<Failure> {
    let headers = request.headers();
    if request.uri().path_and_query().is_some_and(|path| path.as_str().len() > ADDRESS_BYTES_MAX) {
        let hint = "shorten it, or begin at /retention";
        return Some(Failure::new(StatusCode::URI_TOO_LONG, "address_too_long", "the address is too long", hint));
    }
    if site.local && !host(headers).is_none_or(is_loopback) {
        // A page elsewhere may give its own name our address (DNS rebinding), and would then read what we answer.
        let message = "this server answers to localhost and 127.0.0.1 alone";
        let hint = "open it under one of these names, or start it with --listen and the address it shall answer to";
        return Some(Failure::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", message, hint));
    }
    let asks = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if asks && is_errand(headers) {
        // It could not read the answer, but could have dear ones made one after the other.
        let (message, hint) = ("a page of somebody else asked for this", "open it in a tab of its own");
        return Some(Failure::new(StatusCode::FORBIDDEN, "foreign_page", message, hint));
    }
    (!asks && !same_origin(headers)).then(Failure::foreign_form)
}

/// Whether the browser asks on behalf of a page elsewhere, and not because somebody followed a link.
fn is_errand(headers: &HeaderMap) -> bool {
    let says = |name: &str, word: &str| headers.get(name).is_some_and(|value| value == word);
    says("sec-fetch-site", "cross-site") && !says("sec-fetch-mode", "navigate")
}

fn host(headers: &HeaderMap) -> Option<&str> {
    Some(headers.get(header::HOST)?.to_str().unwrap_or("?"))
}

/// Whether the name in a `Host` header means this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a browser sent this from a page of ours. Programs say nothing about origins; for them the token decides.
fn same_origin(headers: &HeaderMap) -> bool {
    match headers.get(header::ORIGIN) {
        Some(origin) => {
            let origin = origin.to_str().unwrap_or_default();
            origin
                .split_once("://")
                .is_some_and(|(_, from)| host(headers).is_some_and(|host| host.eq_ignore_ascii_case(from)))
        }
        None => headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin"),
    }
}

/// Receives what the request brings, then waits for the handler. Bytes that arrive take no turn of asking.
async fn answer(site: &Site, request: Request, next: Next) -> Response {
    if request.uri().path() == "/data/upload" {
        let Ok(_place) = site.uploads.try_acquire() else {
            return Failure::from(busy("too_many_uploads", "too many files arrive at once")).into_response();
        };
        return next.run(request).await;
    }
    let request = match received(site, request).await {
        Ok(request) => request,
        Err(failure) => return failure.into_response(),
    };
    let Ok(_turn) = site.turns.try_acquire() else {
        return Failure::from(busy("too_many_requests", "too many requests at once")).into_response();
    };
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::from(busy("too_slow", "the answer took too long and was given up")).into_response(),
    }
}

/// The request with its body whole in memory; forms are small.
async fn received(site: &Site, request: Request) -> Result<Request, Failure> {
    if request.method() != Method::POST {
        return Ok(request);
    }
    let place = site.forms.try_acquire();
    let _place = place.map_err(|_| Failure::from(busy("too_many_requests", "too many forms arrive at once")))?;
    let (parts, body) = request.into_parts();
    let whole = tokio::time::timeout(FORM_PATIENCE, axum::body::to_bytes(body, FORM_BYTES_MAX));
    let bytes = whole.await.map_err(|_| {
        Failure::new(StatusCode::REQUEST_TIMEOUT, "form_stopped", "the form stopped arriving", "send it again")
    })?;
    let bytes = bytes.map_err(|_| {
        let (message, hint) = ("the form is too large, or did not arrive whole", "send less at once");
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, hint)
    })?;
    Ok(Request::from_parts(parts, axum::body::Body::from(bytes)))
}

fn busy(code: &str, message: &str) -> Problem {
    Problem { kind: Kind::Busy, ..Problem::invalid(code, message, "try again in a few seconds") }
}

/// An error as a page or as JSON. What handlers, limits and the router refused all arrives here.
async fn in_words(site: &Site, visit: &Visit, response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || response.extensions().get::<Said>().is_some() {
        return response;
    }
    let failure = response.extensions().get::<Failure>().cloned().unwrap_or_else(|| unnamed(status));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
    if matches!(failure.problem.kind, Kind::Ours | Kind::Full | Kind::Damaged) {
        tracing::error!(number, code = failure.problem.code, path = logged(visit), "{}", failure.problem.message);
    } else {
        tracing::debug!(number, code = failure.problem.code, path = logged(visit), "{}", failure.problem.message);
    }
    let (message, hint) = failure.for_strangers();
    let code = failure.problem.code.clone();
    let mut answer = if settings::for_strangers(visit) {
        settings::refused(visit, status, &number)
    } else if visit.program {
        axum::Json(serde_json::json!({ "code": code, "message": message, "hint": hint })).into_response()
    } else {
        let Ok(workspace) = site.workspace().await else { return response };
        let view = visit.view();
        let page = if code == "not_found" {
            pages::trouble::not_found(&view, &workspace)
        } else {
            let trouble =
                Trouble { code, message, hint: Some(hint).filter(|hint| !hint.is_empty()), number: Some(number) };
            pages::trouble::page(&view, &workspace, &trouble)
        };
        crate::pages::html(page)
    };
    *answer.status_mut() = status;
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// The path as the log may have it: that of a shared page is its key, and that of a customer may be an address.
fn logged(visit: &Visit) -> &str {
    match visit.here.path() {
        _ if settings::for_strangers(visit) => "/s/…",
        path if path.starts_with("/customers/") => "/customers/…",
        path => path,
    }
}

/// Marks an answer that says itself what is wrong, such as a form that is shown again.
#[derive(Debug, Clone, Copy)]
pub struct Said;

/// Refusals of the router and its limits, which bring no words of ours.
fn unnamed(status: StatusCode) -> Failure {
    let (code, message, hint) = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "this address does not do that", "open it in a browser")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "this is more than is taken here", "send less at once"),
        status if status.is_server_error() => {
            let ours = Problem { kind: Kind::Ours, ..Problem::invalid("internal", status.to_string(), "") };
            return Failure { status, problem: ours };
        }
        StatusCode::NOT_FOUND => return Failure::nowhere(),
        _ => ("not_understood", "the request could not be understood", "go back and try again"),
    };
    Failure::new(status, code, message, hint)
}

/// A panic of a handler: a mistake of ours, and no reason to let the connection fall.
pub fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let words = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
    let message = format!("a handler panicked: {}", words.unwrap_or("without words"));
    Failure::from(Problem { kind: Kind::Ours, ..Problem::invalid("internal", message, "") }).into_response()
}

/// The headers of every answer, and the cookie of forms.
fn dress(visit: &Visit, response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if settings::for_strangers(visit) {
        // The address itself is the key: it must not travel on in a header, nor be found by a search engine.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static(VARY));
        let page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if page && !settings::for_strangers(visit) && visit.token_is_new && !visit.token.is_empty() {
            let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", visit::TOKEN_COOKIE, visit.token);
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.append(header::SET_COOKIE, cookie);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "LOCALHOST:7878", "127.0.0.1:80", "127.1.2.3", "[::1]:7878"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "?", "evil.example", "localhost.evil.example:80", "10.0.0.1", "[::2]:1", "127.0.0.1.evil.example"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn whose_form_it_is() {
        let check = |pairs: &[(&'static str, &str)], expected: bool| {
            let headers = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            assert_eq!(same_origin(&headers.collect()), expected, "{pairs:?}");
        };
        let host = ("host", "127.0.0.1:7878");
        check(&[host], true);
        check(&[host, ("origin", "http://127.0.0.1:7878")], true);
        check(&[host, ("origin", "http://127.0.0.1:9999")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host, ("origin", "https://evil.example")], false);
        check(&[host, ("sec-fetch-site", "same-origin")], true);
        check(&[host, ("sec-fetch-site", "same-site")], false);
        check(&[("origin", "http://127.0.0.1:7878")], false);
    }

    #[test]
    fn other_sites_may_link_here_and_not_fetch() {
        let of = |site: &'static str, mode: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("sec-fetch-site", site.parse().unwrap());
            headers.insert("sec-fetch-mode", mode.parse().unwrap());
            is_errand(&headers)
        };
        assert!(of("cross-site", "no-cors") && of("cross-site", "cors"));
        assert!(!of("cross-site", "navigate") && !of("same-origin", "cors") && !of("none", "navigate"));
        assert!(!is_errand(&HeaderMap::new()), "programs say nothing of the kind");
    }
}
