//! Where the customers of the period came from and where they went.

use maud::{Markup, html};
use reports::pages::retention::{Flow, FlowLink, FlowNode};
use reports::pages::{Frame, Slot, Who};

use super::{as_table, people};
use crate::Lang;
use crate::charts::flow::{Link, Node, flow};
use crate::charts::{Size, short};
use crate::images::{self, Image, Ink};
use crate::parts::slot;
use crate::shell::View;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 320.0;
const GAP: f64 = 24.0;
/// With more stops than this there is room for one line beside each.
const MANY: usize = 10;

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Flow>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="flow-title" {
            header { div {
                h2 #flow-title { (lang.t("flow.title")) }
                p { (lang.f(&lang.suited(frame.rule, "flow.sub"), &[
                    ("period", &lang.period(frame.asked.period)),
                    ("days", &lang.count(u64::from(frame.active_days))),
                ])) }
            } }
            (slot(view, content, |content| chart(view, frame, content)))
        }
    }
}

/// Good and bad ends have a colour; what lies between has none.
fn tone(id: &str) -> &'static str {
    match id {
        "active" => "k",
        "left" => "x",
        _ => "n",
    }
}

fn chart(view: &View<'_>, frame: &Frame, content: &Flow) -> Markup {
    let lang = view.lang;
    let (stops, ribbons) = shapes(lang, frame, content);
    html! {
        (picture(lang, "flow-title", (HEIGHT, GAP), &stops, &ribbons))
        div.under { (as_table(view, "flow", table(lang, content))) }
    }
}

/// The same as an image.
pub(crate) fn image(ink: &Ink, lang: Lang, frame: &Frame, content: &Flow) -> Option<Image> {
    let (stops, ribbons) = shapes(lang, frame, content);
    images::flow(ink, (HEIGHT, GAP), &stops, &ribbons, &|n| lang.count(n))
}

fn shapes(lang: Lang, frame: &Frame, content: &Flow) -> (Vec<Stop>, Vec<Ribbon>) {
    let name = |id: &str| lang.word_or("flow.node", id);
    let stop = |node: &FlowNode| Stop {
        id: node.id.clone(),
        stage: node.stage as usize,
        name: name(&node.id),
        tone: tone(&node.id),
    };
    let ribbon = |link: &FlowLink| {
        let who = Who::Flow { period: frame.asked.period, from: link.from.clone(), to: link.to.clone() };
        Ribbon {
            from: link.from.clone(),
            to: link.to.clone(),
            customers: link.customers,
            href: people(frame, &who),
            says: says(lang, link.customers, &name(&link.from), &name(&link.to)),
            tone: tone(&link.to),
        }
    };
    (content.nodes.iter().map(stop).collect(), content.links.iter().map(ribbon).collect())
}

/// A node of a picture of ribbons.
#[derive(Debug)]
pub(crate) struct Stop {
    /// Its name in the ribbons.
    pub id: String,
    /// Its column, from 0.
    pub stage: usize,
    /// What stands beside it.
    pub name: String,
    /// Its colour: `k` kept, `w` watch, `x` lost, `n` none.
    pub tone: &'static str,
}

/// A ribbon, which opens its people.
#[derive(Debug)]
pub(crate) struct Ribbon {
    /// Where it leaves.
    pub from: String,
    /// Where it arrives.
    pub to: String,
    /// How many.
    pub customers: u64,
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub says: String,
    /// Its colour, as that of a [`Stop`].
    pub tone: &'static str,
}

/// The picture: stops of the given order, top to bottom, in a box of this height with this gap between them.
pub(crate) fn picture(
    lang: Lang,
    title: &str,
    (height, gap): (f64, f64),
    stops: &[Stop],
    ribbons: &[Ribbon],
) -> Markup {
    let size = Size { w: WIDTH, h: height };
    let nodes: Vec<Node<'_>> = stops.iter().map(|stop| Node { id: &stop.id, stage: stop.stage }).collect();
    let links: Vec<Link<'_>> =
        ribbons.iter().map(|one| Link { from: &one.from, to: &one.to, value: one.customers as f64 }).collect();
    let (placed, drawn) = flow(&nodes, &links, size, gap);
    let last = placed.iter().map(|node| node.stage).max().unwrap_or(0);
    let of = |link: &Link<'_>| ribbons.iter().find(|one| one.from == link.from && one.to == link.to);
    html! {
        div.flow.many[stops.len() > MANY] style={ "height:" (short(height)) "px" } {
            svg viewBox={ "0 0 " (size.w) " " (size.h) } preserveAspectRatio="none" role="group" aria-labelledby=(title) {
                @for shape in &drawn { @if let Some(ribbon) = of(&shape.link) {
                    a href=(ribbon.href) data-drawer aria-label=(ribbon.says) { path.(ribbon.tone) d=(shape.d) {} }
                } }
            }
            @for node in &placed { @if let Some(stop) = stops.iter().find(|stop| stop.id == node.id) {
                @let left = short(node.x / WIDTH * 100.0);
                span.nd.(stop.tone) style={ "left:" (left) "%;top:" (short(node.y)) "px;height:" (short(node.h)) "px" } {}
                span.lb.e[node.stage == last] style={ "left:calc(" (left) "% + 6px);top:" (short(node.y + node.h / 2.0)) "px" } {
                    (stop.name) " " b { (lang.count(node.value as u64)) }
                }
            } }
        }
    }
}

fn says(lang: Lang, n: u64, from: &str, to: &str) -> String {
    lang.n("flow.link", n, &[("from", from), ("to", to)])
}

fn table(lang: Lang, content: &Flow) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("flow.title")) }
            thead { tr {
                th scope="col" { (lang.t("flow.from")) } th scope="col" { (lang.t("flow.to")) }
                th.r scope="col" { (lang.t("cohorts.size")) }
            } }
            tbody { @for link in &content.links { tr {
                td { (lang.word_or("flow.node", &link.from)) }
                td { (lang.word_or("flow.node", &link.to)) }
                td.r { (lang.count(link.customers)) }
            } } }
        }
    }
}
