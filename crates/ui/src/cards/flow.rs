//! Where the customers of the period came from and where they went.

use maud::{Markup, html};
use reports::pages::retention::Flow;
use reports::pages::{Frame, Slot, Who};

use super::{as_table, people};
use crate::Lang;
use crate::charts::flow::{Link, Node, flow};
use crate::charts::{Size, short};
use crate::parts::slot;
use crate::shell::View;

const BOX: Size = Size { w: 1000.0, h: 320.0 };
const GAP: f64 = 24.0;

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
    let name = |id: &str| lang.word_or("flow.node", id);
    let nodes: Vec<Node<'_>> =
        content.nodes.iter().map(|node| Node { id: &node.id, stage: node.stage as usize }).collect();
    let links: Vec<Link<'_>> = content
        .links
        .iter()
        .map(|link| Link { from: &link.from, to: &link.to, value: link.customers as f64 })
        .collect();
    let (placed, ribbons) = flow(&nodes, &links, BOX, GAP);
    let last = placed.iter().map(|node| node.stage).max().unwrap_or(0);
    html! {
        div.flow {
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" role="group" aria-labelledby="flow-title" {
                @for ribbon in &ribbons {
                    @let (from, to) = (ribbon.link.from, ribbon.link.to);
                    @let who = Who::Flow { period: frame.asked.period, from: from.to_owned(), to: to.to_owned() };
                    a href=(people(frame, &who)) data-drawer
                        aria-label=(says(lang, ribbon.link.value as u64, &name(from), &name(to))) {
                        path.(tone(to)) d=(ribbon.d) {}
                    }
                }
            }
            @for node in &placed {
                @let left = short(node.x / 10.0);
                span.nd.(tone(node.id)) style={ "left:" (left) "%;top:" (short(node.y)) "px;height:" (short(node.h)) "px" } {}
                span.lb.e[node.stage == last] style={ "left:calc(" (left) "% + 6px);top:" (short(node.y + node.h / 2.0)) "px" } {
                    (name(node.id)) " " b { (lang.count(node.value as u64)) }
                }
            }
        }
        div.under { (as_table(view, "flow", table(lang, content))) }
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
