//! Who went from which group to which: a picture, and every move as a number that opens.

use maud::{Markup, html};
use reports::pages::retention::Family;
use reports::pages::segments::{GridChoice, Move, Moves};
use reports::pages::{Frame, Slot, Who};

use super::flow::{Ribbon, Stop, picture};
use super::{as_table, people};
use crate::Lang;
use crate::images::{self, Image, Ink};
use crate::parts::{hint, slot};
use crate::shell::View;

/// Height of the picture: a line of text for each of a dozen groups, and room between them.
const HEIGHT: f64 = 520.0;
const GAP: f64 = 18.0;

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, choice: &GridChoice, content: &Slot<Moves>) -> Markup {
    let lang = view.lang;
    let (since, on) = dates(lang, choice);
    html! {
        section.card aria-labelledby="moves-title" {
            header { div {
                h2 #moves-title { (lang.t("moves.title")) }
                p { (lang.f("moves.sub", &[("since", &since), ("date", &on)])) (hint(lang, "ribbon")) }
            } }
            (slot(view, content, |moves| chart(view, frame, choice, moves)))
        }
    }
}

/// The two dates as people say them: the last days that count.
pub(crate) fn dates(lang: Lang, choice: &GridChoice) -> (String, String) {
    (lang.date(choice.since.plus(-1)), lang.date(choice.on.plus(-1)))
}

/// The people of a move.
pub(crate) fn who(choice: &GridChoice, one: &Move) -> Who {
    let (grid, since, on) = (choice.grid, choice.since, choice.on);
    Who::Moved { grid, since, on, from: one.from.clone(), to: one.to.clone() }
}

/// The name of a group; nothing is no order in the window.
pub(crate) fn name(lang: Lang, group: Option<&str>) -> String {
    lang.word_or("group", group.unwrap_or("none"))
}

/// What a screen reader says of a move.
pub(crate) fn says(lang: Lang, one: &Move) -> String {
    let (from, to) = (name(lang, one.from.as_deref()), name(lang, one.to.as_deref()));
    lang.n("flow.link", one.customers, &[("from", &from), ("to", &to)])
}

fn tone(moves: &Moves, group: Option<&str>) -> &'static str {
    let found = group.and_then(|group| moves.groups.iter().find(|(id, _)| id == group));
    match found.map(|(_, family)| family) {
        Some(Family::Kept) => "k",
        Some(Family::Watch) => "w",
        Some(Family::Lost) => "x",
        None => "n",
    }
}

fn chart(view: &View<'_>, frame: &Frame, choice: &GridChoice, moves: &Moves) -> Markup {
    let lang = view.lang;
    let (stops, ribbons) = shapes(lang, frame, choice, moves);
    html! {
        (picture(lang, "moves-title", (HEIGHT, GAP), &stops, &ribbons))
        div.fam {
            @for word in ["kept", "watch", "lost"] { span.(word) { i {} (lang.word_or("groups.family", word)) } }
        }
        p.says { (summary(lang, moves)) }
        div.under { (as_table(view, "moves", matrix(lang, frame, choice, moves, &sides(moves)))) }
    }
}

/// The same as an image.
pub(crate) fn image(ink: &Ink, lang: Lang, frame: &Frame, choice: &GridChoice, moves: &Moves) -> Option<Image> {
    let (stops, ribbons) = shapes(lang, frame, choice, moves);
    images::flow(ink, (HEIGHT, GAP), &stops, &ribbons, &|n| lang.count(n))
}

/// Every group, and at last those in none.
fn sides(moves: &Moves) -> Vec<Option<&str>> {
    moves.groups.iter().map(|(id, _)| Some(id.as_str())).chain([None]).collect()
}

fn shapes(lang: Lang, frame: &Frame, choice: &GridChoice, moves: &Moves) -> (Vec<Stop>, Vec<Ribbon>) {
    let sides = sides(moves);
    let stops: Vec<Stop> = [(0, "from"), (1, "to")]
        .into_iter()
        .flat_map(|(stage, side)| sides.iter().map(move |group| (stage, side, *group)))
        .map(|(stage, side, group)| Stop {
            id: stop(side, group),
            stage,
            name: name(lang, group),
            tone: tone(moves, group),
        })
        .collect();
    let ribbon = |one: &Move| Ribbon {
        from: stop("from", one.from.as_deref()),
        to: stop("to", one.to.as_deref()),
        customers: one.customers,
        href: people(frame, &who(choice, one)),
        says: says(lang, one),
        tone: tone(moves, one.to.as_deref()),
    };
    (stops, moves.moves.iter().map(ribbon).collect())
}

fn stop(side: &str, group: Option<&str>) -> String {
    format!("{side}:{}", group.unwrap_or("none"))
}

/// How many stayed, how many went where it is better and where it is worse. A family counts, not a name.
fn summary(lang: Lang, moves: &Moves) -> String {
    let rank = |tone: &str| match tone {
        "k" => 2,
        "w" => 1,
        _ => 0,
    };
    let sum = |of: &dyn Fn(&Move) -> bool| moves.moves.iter().filter(|one| of(one)).map(|one| one.customers).sum();
    let both = |one: &Move| one.from.is_some() && one.to.is_some();
    let step = |one: &Move| rank(tone(moves, one.to.as_deref())) - rank(tone(moves, one.from.as_deref()));
    let stayed: u64 = sum(&|one| both(one) && one.from == one.to);
    let up: u64 = sum(&|one| both(one) && step(one) > 0);
    let down: u64 = sum(&|one| both(one) && step(one) < 0);
    let new: u64 = sum(&|one| one.from.is_none());
    let gone: u64 = sum(&|one| one.to.is_none());
    lang.f(
        "moves.says",
        &[
            ("stayed", &lang.count(stayed)),
            ("up", &lang.count(up)),
            ("down", &lang.count(down)),
            ("new", &lang.count(new)),
            ("gone", &lang.count(gone)),
        ],
    )
}

fn matrix(lang: Lang, frame: &Frame, choice: &GridChoice, moves: &Moves, sides: &[Option<&str>]) -> Markup {
    let at = |from: Option<&str>, to: Option<&str>| {
        moves.moves.iter().find(|one| one.from.as_deref() == from && one.to.as_deref() == to)
    };
    html! {
        table.tbl {
            caption.sr { (lang.t("moves.title")) }
            thead { tr {
                th scope="col" { (lang.t("moves.corner")) }
                @for to in sides { th.r scope="col" { (name(lang, *to)) } }
            } }
            tbody { @for from in sides { tr {
                th scope="row" { (name(lang, *from)) }
                @for to in sides {
                    td.r { @if let Some(one) = at(*from, *to) {
                        a href=(people(frame, &who(choice, one))) data-drawer aria-label=(says(lang, one)) {
                            (lang.count(one.customers))
                        }
                    } @else { "–" } }
                }
            } } }
        }
    }
}
