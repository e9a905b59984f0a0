//! Customers: lists of them with saved views, and one of them with notes and all that is known.

use app::{CustomerQuery, PeopleQuery, Problem};
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use reports::pages::Who;
use ui::pages::{customer, people};
use ui::{Here, customer_path};

use crate::data::file;
use crate::failure::Failure;
use crate::pages::{Answer, Seen, Sent, csv as csv_file, html, no_part, nothing_yet, see};
use crate::routes::Site;
use crate::visit::Visit;

/// What ends the address of everything known of a customer.
const EXPORT: &str = ".json";

/// A list of customers: a page, the list on it, or a drawer beside another page.
pub async fn list(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let view = visit.view();
    let page = match site.app.people_page(&people_query(&visit)?).await {
        // Before there are facts the page says where to begin, as every page does.
        Err(problem) if problem.code == "no_facts" && visit.part.is_none() => {
            return nothing_yet(&site, &visit, "nav.customers", "people").await;
        }
        page => page?,
    };
    match visit.part.as_deref() {
        None => Ok(html(people::page(&view, &page))),
        Some("drawer") => Ok(html(people::drawer(&view, &page))),
        Some("people") => Ok(html(people::list(&view, &page))),
        Some(_) => Err(no_part()),
    }
}

/// Them as a file: all, or those who were ticked.
pub async fn csv(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let rows = site.app.people_rows(&people_query(&visit)?).await?;
    csv_file("customers", &rows)
}

/// Keeps a list under a name, or takes one away.
pub async fn keep_view(State(site): State<Site>, sent: Sent) -> Answer {
    if let Some((_, id)) = sent.0.iter().find(|pair| pair.0 == "remove") {
        // What is no number is no view either.
        site.app.remove_view(id.parse().unwrap_or(-1)).await?;
        return Ok(see("/customers"));
    }
    let kept = site.app.save_view(sent.get("view"), &sent.0).await?;
    Ok(see(&Here::new("/customers", kept).url()))
}

/// One customer: the page, its timeline alone, or all there is as a file.
pub async fn customer(
    State(site): State<Site>,
    Extension(visit): Seen,
    id: Result<Path<String>, PathRejection>,
) -> Answer {
    let Ok(Path(id)) = id else { return Err(Failure::nowhere()) };
    // The path as it was sent: a customer whose own number ends so has the dot of it encoded.
    if visit.here.path().ends_with(EXPORT)
        && let Some(id) = id.strip_suffix(EXPORT)
    {
        let all = site.app.customer_export(id).await?.ok_or_else(Failure::nowhere)?;
        let bytes = serde_json::to_vec_pretty(&all).unwrap_or_default();
        return Ok(file("customer.json", "application/json", bytes));
    }
    let query = CustomerQuery::from_pairs(visit.here.pairs());
    let page = site.app.customer_page(&id, &query).await?.ok_or_else(Failure::nowhere)?;
    match &visit.part {
        Some(part) => customer::part(part, &visit.view(), &page).map(html).ok_or_else(no_part),
        None => Ok(html(customer::page(&visit.view(), &page))),
    }
}

/// Writes a note about a customer, or takes one away.
pub async fn note(State(site): State<Site>, id: Result<Path<String>, PathRejection>, sent: Sent) -> Answer {
    let Ok(Path(id)) = id else { return Err(Failure::nowhere()) };
    match sent.0.iter().find(|pair| pair.0 == "remove") {
        Some((_, note)) => site.app.remove_customer_note(&id, note.parse().unwrap_or(-1)).await?,
        None if site.app.add_customer_note(&id, sent.get("note")).await? => {}
        None => return Err(Failure::nowhere()),
    }
    Ok(see(&format!("{}#notes", customer_path(&id))))
}

/// Which people. An address that names a group there is not must not be answered with everybody.
fn people_query(visit: &Visit) -> Result<PeopleQuery, Failure> {
    if visit.get("who").is_some() && Who::from_pairs(|name| visit.get(name)).is_none() {
        let hint = "open the list from a number on the page";
        return Err(Problem::not_found("unknown_people", "no group of customers has this address", hint).into());
    }
    Ok(PeopleQuery::from_pairs(visit.here.pairs()))
}
