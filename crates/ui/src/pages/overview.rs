//! The Overview page: in short, the key numbers, the trend, what needs somebody today, who left and who came back.

use maud::{Markup, html};
use reports::pages::overview::{Go, OverviewPage, Recent, Task};
use reports::pages::{Frame, Slot};

use crate::Lang;
use crate::cards::{balance, figures, freshness, head, people, ready, trend};
use crate::images::{Image, Ink};
use crate::parts::{customer, slot};
use crate::shell::{View, shell};

/// The page.
pub fn page(view: &View<'_>, page: &OverviewPage) -> Markup {
    let (lang, frame) = (view.lang, &page.frame);
    shell(
        view,
        &frame.workspace,
        "nav.overview",
        &lang.t("overview.title"),
        html! {
            (head::head(view, frame, "overview", "/overview.csv"))
            (head::brief(view, frame, &page.brief))
            (figures::strip(view, frame, &page.figures))
            div.two {
                (trend::card(view, frame, &page.trend))
                (today(view, frame, &page.today))
            }
            (balance::card(view, frame, &page.balance))
            div.two {
                (recent(view, frame, "left", &page.left))
                (recent(view, frame, "back", &page.back))
            }
            (freshness(lang, &frame.freshness))
        },
    )
}

/// What others may see of the page: everything but lists of people and what the team has to do.
pub(crate) fn for_others(view: &View<'_>, page: &OverviewPage) -> Markup {
    let frame = &page.frame;
    html! {
        (head::plain(view, frame, "overview"))
        (head::brief(view, frame, &page.brief))
        (figures::strip(view, frame, &page.figures))
        (trend::card(view, frame, &page.trend))
        (balance::card(view, frame, &page.balance))
        (freshness(view.lang, &frame.freshness))
    }
}

/// One chart of the page as an image: `trend`, `balance`, or `figure-` and the id of a figure.
pub fn image(part: &str, view: &View<'_>, page: &OverviewPage) -> Option<Image> {
    let (ink, lang) = (Ink::of(view.theme), view.lang);
    match part {
        "trend" => trend::image(ink, lang, ready(&page.trend)?),
        "balance" => balance::image(ink, lang, &page.frame, ready(&page.balance)?),
        _ => figures::image(part, view, &page.figures),
    }
}

fn today(view: &View<'_>, frame: &Frame, content: &Slot<Vec<Task>>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="today-title" {
            header { div { h2 #today-title { (lang.t("today.title")) } p { (lang.t("today.sub")) } } }
            (slot(view, content, |tasks| to_do(lang, frame, tasks)))
        }
    }
}

fn to_do(lang: Lang, frame: &Frame, tasks: &[Task]) -> Markup {
    html! {
        @if tasks.is_empty() {
            div.empty { h3 { (lang.t("today.none")) } p { (lang.t(&lang.suited(frame.rule, "today.none_text"))) } }
        } @else {
            ul.list.todo { @for task in tasks { li {
                span { (lang.sentence(&task.says)) br; small { (lang.word_or("today.why", &task.id)) } }
                (go(lang, frame, task))
            } } }
        }
    }
}

fn go(lang: Lang, frame: &Frame, task: &Task) -> Markup {
    let words = lang.word_or("today.go", &task.id);
    html! {
        @match &task.go {
            Go::People(who) => a.btn href=(people(frame, who)) data-drawer { (words) },
            Go::Page(path) => a.btn href=(path) { (words) },
        }
    }
}

fn recent(view: &View<'_>, frame: &Frame, id: &str, content: &Slot<Recent>) -> Markup {
    let lang = view.lang;
    let title = format!("recent-{id}");
    let words = |part: &str| lang.t(&lang.suited(frame.rule, &format!("recent.{id}.{part}")));
    html! {
        section.card aria-labelledby=(title) {
            header { div { h2 id=(title) { (words("title")) } p { (words("sub")) } } }
            (slot(view, content, |recent| list(lang, frame, recent, &words("none"))))
        }
    }
}

fn list(lang: Lang, frame: &Frame, recent: &Recent, none: &str) -> Markup {
    html! {
        @if recent.people.is_empty() { div.empty { p { (none) } } } @else {
            ul.list { @for row in &recent.people { li {
                span { (customer(&row.id, row.name.as_deref(), row.country.as_deref().unwrap_or_default())) }
                span.num {
                    @if let Some(worth) = row.worth { (lang.money_whole(worth)) br; }
                    small { (lang.n("unit.days_ago", u64::from(row.days_since), &[])) }
                }
            } } }
            p.see-all { a href=(people(frame, &recent.who)) { (lang.n("people.all", recent.n, &[])) }
                @if let Some(spend) = recent.worth { " " span.small.num { (lang.f(&lang.suited(frame.rule, "recent.spend"), &[("spend", &lang.money(spend))])) } } }
        }
    }
}
