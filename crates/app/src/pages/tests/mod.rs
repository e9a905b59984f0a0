//! Pages of shops small enough to count by hand, and of the sample.

mod cohorts;
mod customers;
mod lists;
mod overview;
mod pages;
mod revenue;
mod sample;
mod segments;
mod settings;

use reports::pages::customer::CustomerPage;
use reports::pages::people::PeoplePage;
use reports::pages::retention::{Cohorts, RetentionPage};
use reports::pages::{Slot, Value, Who};
use tempfile::TempDir;

use super::{CustomerQuery, PageQuery, PeopleQuery};
use crate::{App, ImportReport, Place};

/// An installation of its own, gone with the test.
pub(super) struct Shop {
    pub app: App,
    pub folder: TempDir,
}

impl Shop {
    pub async fn empty() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(Place { threads: Some(2), ..Place::folder(folder.path().join("shop")) }).await.unwrap();
        Shop { app, folder }
    }

    pub async fn of(csv: &str) -> Shop {
        let shop = Shop::empty().await;
        shop.import("orders.csv", csv).await;
        shop
    }

    pub async fn import(&self, name: &str, csv: &str) -> ImportReport {
        self.import_as(None, name, csv).await
    }

    /// Imports rows of a kind that is told, not guessed.
    pub async fn import_as(&self, kind: Option<&str>, name: &str, csv: &str) -> ImportReport {
        let path = self.folder.path().join(name);
        std::fs::write(&path, csv).unwrap();
        let found = self.app.inspect(&[path], kind, None).await.unwrap();
        self.app.import(found, |_| {}).await.unwrap()
    }

    pub async fn page(&self, address: &str) -> RetentionPage {
        self.app.retention_page(&PageQuery::from_pairs(&pairs(address))).await.unwrap().unwrap()
    }

    pub async fn list(&self, address: &str) -> PeoplePage {
        self.app.people_page(&PeopleQuery::from_pairs(&pairs(address))).await.unwrap()
    }

    pub async fn customer(&self, id: &str, address: &str) -> CustomerPage {
        let query = CustomerQuery::from_pairs(&pairs(address));
        self.app.customer_page(id, &query).await.unwrap().unwrap_or_else(|| panic!("nobody is called {id}"))
    }

    /// The page of people behind a number, as its link would ask for it.
    pub async fn behind(&self, who: &Who, segment: &str) -> PeoplePage {
        let mut pairs: Vec<(String, String)> =
            who.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        pairs.push(("segment".to_owned(), segment.to_owned()));
        let query = PeopleQuery::from_pairs(&pairs);
        assert_eq!(query.who, *who);
        let page = self.app.people_page(&query).await.unwrap();
        let rows = self.app.people_rows(&query).await.unwrap();
        assert_eq!(rows.len() as u64, page.total, "{who:?}");
        page
    }
}

/// The parameters of an address: `a=1&b=2`, nothing encoded.
pub(super) fn pairs(address: &str) -> Vec<(String, String)> {
    let pair = |part: &str| part.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    address.split('&').filter_map(pair).collect()
}

/// What stands in a slot that must be filled.
pub(super) fn ready<T>(slot: &Slot<T>) -> &T {
    match slot {
        Slot::Ready(card) => card,
        Slot::TooLittle(missing) => panic!("too little: {missing:?}"),
        Slot::Failed(trouble) => panic!("failed: {trouble:?}"),
    }
}

/// The pooled row of a cohort table, with its people.
pub(super) fn pooled(cohorts: &Cohorts) -> Vec<(Who, u64)> {
    let together = cohorts.together.clone().expect("the table says who is in it");
    let at = |step: u32| match together.clone() {
        Who::Cohort { by, grain, key, counting, .. } => Who::Cohort { by, grain, key, step, counting },
        other => panic!("{other:?}"),
    };
    (0u32..).zip(&cohorts.average).filter_map(|(step, cell)| Some((at(step), cell.as_ref()?.share.part))).collect()
}

/// Every number of the page that can be opened, with its people.
pub(super) fn openings(page: &RetentionPage) -> Vec<(Who, u64)> {
    let mut all: Vec<(Who, u64)> = page.brief.people.clone().into_iter().collect();
    for figure in &page.figures {
        let number = match (figure.id.as_str(), &figure.value) {
            (_, Some(Value::Share(share))) => share.part,
            (_, Some(Value::Count(count))) => *count,
            ("revenue", Some(Value::Money(_))) => match figure.terms[1] {
                Value::Count(customers) => customers,
                _ => panic!("no customers: {figure:?}"),
            },
            _ => continue,
        };
        all.push((figure.people.clone(), number));
    }
    if let Slot::Ready(flow) = &page.flow {
        all.extend(flow.links.iter().map(|link| {
            let who = Who::Flow { period: page.frame.asked.period, from: link.from.clone(), to: link.to.clone() };
            (who, link.customers)
        }));
    }
    if let Slot::Ready(groups) = &page.groups {
        let period = page.frame.asked.period;
        all.extend(groups.groups.iter().map(|one| (Who::Group { period, group: one.id.clone() }, one.customers)));
    }
    if let Slot::Ready(concentration) = &page.concentration {
        all.extend(concentration.top.iter().map(|top| (Who::Top(top.percent), top.customers)));
    }
    if let Slot::Ready(overdue) = &page.overdue {
        all.push((Who::Overdue, overdue.total));
    }
    if let Slot::Ready(cohorts) = &page.cohorts {
        for row in &cohorts.rows {
            for (step, cell) in (0u32..).zip(&row.cells) {
                let (by, grain, key) = (page.frame.asked.by.clone(), page.frame.asked.grain, row.key.clone());
                all.push((Who::Cohort { by, grain, key, step, counting: Default::default() }, cell.share.part));
            }
        }
        all.extend(pooled(cohorts));
    }
    all
}
