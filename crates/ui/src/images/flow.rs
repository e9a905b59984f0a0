//! Ribbons between columns of nodes, each node with its number.

use maud::{Markup, html};

use super::text::{Anchor, text, width};
use super::{Image, Ink};
use crate::cards::flow::{Ribbon, Stop};
use crate::charts::flow::{Link, Node, Placed};
use crate::charts::{Size, flow as shapes, short};

const WIDTH: f64 = 720.0;
const PAD: f64 = 24.0;
const RIGHT: f64 = 72.0;
const BAR: f64 = 6.0;

/// The image, as high as the card; nothing where nobody goes anywhere.
pub(crate) fn flow(
    ink: &Ink,
    (height, gap): (f64, f64),
    stops: &[Stop],
    ribbons: &[Ribbon],
    count: &dyn Fn(u64) -> String,
) -> Option<Image> {
    let within = Size { w: WIDTH, h: height };
    let nodes: Vec<Node<'_>> = stops.iter().map(|stop| Node { id: &stop.id, stage: stop.stage }).collect();
    let links: Vec<Link<'_>> =
        ribbons.iter().map(|one| Link { from: &one.from, to: &one.to, value: one.customers as f64 }).collect();
    let (placed, drawn) = shapes::flow(&nodes, &links, within, gap);
    placed.first()?;
    let tone = |link: &Link<'_>| {
        ribbons.iter().find(|one| one.from == link.from && one.to == link.to).map_or("n", |one| one.tone)
    };
    let body = html! {
        g transform={ "translate(" (PAD) " " (PAD) ")" } {
            @for shape in &drawn {
                @let (fill, opacity) = ribbon(ink, tone(&shape.link));
                path d=(shape.d) fill=(fill) fill-opacity=(opacity) {}
            }
            @for node in &placed {
                @let tone = stops.iter().find(|stop| stop.id == node.id).map_or("n", |stop| stop.tone);
                (draw(ink, node, tone, &count(node.value as u64)))
            }
        }
    };
    Some(Image::new(ink, Size { w: WIDTH + PAD + RIGHT, h: height + 2.0 * PAD }, &body))
}

fn ribbon(ink: &Ink, tone: &str) -> (&'static str, &'static str) {
    match tone {
        "k" => (ink.flow_kept, ".62"),
        "x" => (ink.flow_lost, ".62"),
        "w" => (ink.warn, ".34"),
        _ => (ink.flow, ".62"),
    }
}

fn draw(ink: &Ink, node: &Placed<'_>, tone: &str, number: &str) -> Markup {
    let (x, y) = (node.x + BAR + 5.0, node.y + node.h / 2.0);
    html! {
        rect x=(short(node.x - BAR / 2.0)) y=(short(node.y)) width=(BAR) height=(short(node.h.max(2.0))) rx="2" fill=(ink.tone(tone)) {}
        rect x=(short(x - 4.0)) y=(short(y - 9.0)) width=(short(width(number, 13.0) + 8.0)) height="18" rx="4"
            fill=(ink.surface) fill-opacity=".78" {}
        (text(x, y, Anchor::Start, 13.0, ink.ink, number))
    }
}
