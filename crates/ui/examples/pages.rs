//! Writes every page of the fixtures as a file, to be looked at in a browser:
//! `cargo run -p ui --example pages -- <folder>`.

#![allow(clippy::print_stdout)] // It is told where, and says what it wrote.

use std::path::Path;
use std::{env, error, fs};

use reports::pages::brief::{Told, sentences};
use reports::pages::metrics::{MetricsPage, cards};
use reports::pages::retention::RetentionPage;
use reports::pages::{Cells, FirstRun, Slot, Value, Workspace};
use ui::{Here, Lang, Theme, View, assets, pages};

fn fixture(name: &str) -> Result<String, Box<dyn error::Error>> {
    Ok(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name))?)
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, Box<dyn error::Error>> {
    Ok(serde_json::from_str(&fixture(name)?)?)
}

/// The sentences as the engine would make them from the same numbers.
fn with_brief(mut page: RetentionPage) -> RetentionPage {
    let share = |value: &Option<Value>| match value {
        Some(Value::Share(share)) => *share,
        _ => terms::Share::default(),
    };
    let money = |value: &Option<Value>| match value {
        Some(Value::Money(money)) => Some(*money),
        _ => None,
    };
    let (first, last) = (&page.figures[0], &page.figures[5]);
    let told = Told {
        retention: share(&first.value),
        before: page.frame.asked.compared.map(|period| (share(&first.before), period)),
        revenue: money(&last.value),
        revenue_before: money(&last.before),
        overdue: match &page.overdue {
            Slot::Ready(overdue) => Some((overdue.total, overdue.spend)),
            _ => None,
        },
    };
    page.brief.sentences = sentences(&told);
    page
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/pages".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("static"))?;
    for name in ["app.css", "app.js", "inter.woff2", "icon.svg"] {
        let url = assets::url(name);
        let path = url.trim_start_matches("/static/");
        if let Some(asset) = assets::get(path) {
            fs::write(folder.join("static").join(path), &asset.body)?;
        }
    }
    let retention = with_brief(read("retention.json")?);
    let mut countries = retention.clone();
    countries.frame.asked.by = "country".to_owned();
    countries.frame.asked.cells = Cells::Revenue;
    countries.cohorts = Slot::Ready(read("cohorts_by_country.json")?);
    let workspace: Workspace = retention.frame.workspace.clone();
    let empty = FirstRun { workspace: Workspace { sample: false, ..workspace.clone() }, too_little: None };
    let definitions = MetricsPage { workspace: workspace.clone(), by: None, chosen: false, cards: cards() };
    let until = "2012-01-08".parse()?;
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            let here = Here::new("/retention", [("period".to_owned(), "2011-11".to_owned())]);
            let view = View { lang, theme, here: &here, csrf: "token" };
            let people = pages::people::page(&view, &read("people.json")?);
            let drawer = pages::people::drawer(&view, &read("people.json")?);
            for (name, html) in [
                ("retention", pages::retention::page(&view, &retention)),
                ("countries", pages::retention::page(&view, &countries)),
                ("first", pages::first_run(&view, &empty, "nav.retention", "retention")),
                ("overview", pages::overview::page(&view, &read("overview.json")?)),
                ("cohorts", pages::cohorts::page(&view, &read("cohorts.json")?)),
                ("segments", pages::segments::page(&view, &read("segments.json")?)),
                ("group", pages::segments::group(&view, &read("group.json")?)),
                ("people", people),
                ("drawer", drawer),
                ("customer", pages::customer::page(&view, &read("customer.json")?)),
                ("data", pages::data::page(&view, &read("data.json")?)),
                ("match", pages::data::match_columns(&view, &read("match.json")?)),
                ("metrics", pages::metrics::page(&view, &definitions)),
                ("workspace", pages::settings::page(&view, &read("settings_workspace.json")?)),
                ("definitions", pages::settings::page(&view, &read("settings_definitions.json")?)),
                ("notes", pages::settings::page(&view, &read("settings_notes.json")?)),
                ("links", pages::settings::page(&view, &read("settings_links.json")?)),
                ("shared", pages::shared::retention(&view, &retention, until)),
                ("lost", pages::trouble::not_found(&view, &workspace)),
            ] {
                // Files lie beside their assets, so addresses lose their first slash.
                let html = html.into_string().replace("\"/static/", "\"static/");
                fs::write(folder.join(format!("{name}-{}-{}.html", lang.tag(), theme.word())), html)?;
            }
        }
    }
    println!("pages written to {}", folder.display());
    Ok(())
}
