//! Ribbons between columns of nodes. M. Schmidt, "The Sankey diagram in energy and material flow management",
//! Journal of Industrial Ecology 12 (2008). The order of nodes is the caller's: good outcomes on top.

use super::{Size, short};

/// The thinnest ribbon that is drawn: a few customers among thousands are still there to be seen and clicked.
const THIN: f64 = 1.0;

/// A node to place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node<'a> {
    /// Its name in the links.
    pub id: &'a str,
    /// Its column, from 0.
    pub stage: usize,
}

/// A link to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link<'a> {
    /// The node it leaves.
    pub from: &'a str,
    /// The node it reaches.
    pub to: &'a str,
    /// How much.
    pub value: f64,
}

/// A node in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed<'a> {
    /// Its name.
    pub id: &'a str,
    /// Its column.
    pub stage: usize,
    /// Middle of the bar.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Height.
    pub h: f64,
    /// What goes through: the larger of what comes in and what goes out.
    pub value: f64,
}

/// A ribbon in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ribbon<'a> {
    /// The link.
    pub link: Link<'a>,
    /// Its width, to the scale of the nodes.
    pub width: f64,
    /// Its outline. An area and no thick line: a thick line bulges where its curve is steep, as in a narrow window.
    pub d: String,
}

/// Places nodes and ribbons in the box, every stage from top to bottom, with at least `gap` between nodes.
///
/// Links that name no node, that do not lead to a later column, or that carry nothing are left out, and so are nodes
/// nothing passes through. Ribbons come back widest first, so that thin ones lie on top.
pub fn flow<'a>(nodes: &[Node<'a>], links: &[Link<'a>], size: Size, gap: f64) -> (Vec<Placed<'a>>, Vec<Ribbon<'a>>) {
    let stage_of = |id: &str| nodes.iter().find(|node| node.id == id).map(|node| node.stage);
    let links: Vec<Link<'a>> = links
        .iter()
        .copied()
        .filter(|link| link.value.is_finite() && link.value > 0.0)
        .filter(|link| stage_of(link.from).zip(stage_of(link.to)).is_some_and(|(from, to)| from < to))
        .collect();
    let placed = place(nodes, &links, size, gap);
    let ribbons = draw(&placed, &links, scale(&placed));
    (placed, ribbons)
}

/// Pixels for one customer, read back from a placed node.
fn scale(placed: &[Placed<'_>]) -> f64 {
    placed.first().map_or(0.0, |node| node.h / node.value)
}

fn place<'a>(nodes: &[Node<'a>], links: &[Link<'a>], size: Size, gap: f64) -> Vec<Placed<'a>> {
    let through = |id: &str| {
        let come: f64 = links.iter().filter(|link| link.to == id).map(|link| link.value).sum();
        let go: f64 = links.iter().filter(|link| link.from == id).map(|link| link.value).sum();
        come.max(go)
    };
    let live: Vec<(Node<'a>, f64)> =
        nodes.iter().map(|node| (*node, through(node.id))).filter(|(_, value)| *value > 0.0).collect();
    let Some(last) = live.iter().map(|(node, _)| node.stage).max() else { return Vec::new() };
    let column = |stage: usize| live.iter().filter(move |(node, _)| node.stage == stage);
    let scale = (0..=last)
        .filter(|stage| column(*stage).count() > 0)
        .map(|stage| {
            let gaps = gap * (column(stage).count() - 1) as f64;
            (size.h - gaps.min(size.h / 2.0)) / column(stage).map(|(_, value)| value).sum::<f64>()
        })
        .fold(f64::MAX, f64::min);
    let mut placed = Vec::with_capacity(live.len());
    for stage in 0..=last {
        let count = column(stage).count();
        let filled: f64 = column(stage).map(|(_, value)| value * scale).sum();
        let between = if count > 1 { (size.h - filled) / (count - 1) as f64 } else { 0.0 };
        let mut y = 0.0;
        for (node, value) in column(stage) {
            let x = size.w * stage as f64 / last.max(1) as f64;
            placed.push(Placed { id: node.id, stage, x, y, h: value * scale, value: *value });
            y += value * scale + between;
        }
    }
    placed
}

fn draw<'a>(placed: &[Placed<'a>], links: &[Link<'a>], scale: f64) -> Vec<Ribbon<'a>> {
    let position = |id: &str| placed.iter().position(|node| node.id == id);
    let mut ordered: Vec<(usize, usize, Link<'a>)> =
        links.iter().filter_map(|link| Some((position(link.from)?, position(link.to)?, *link))).collect();
    ordered.sort_by_key(|(from, to, _)| (*from, *to));
    let mut leaves: Vec<f64> = placed.iter().map(|node| node.y).collect();
    let mut arrives = leaves.clone();
    let mut ribbons: Vec<Ribbon<'a>> = ordered
        .into_iter()
        .map(|(from, to, link)| {
            let width = link.value * scale;
            let d = outline((placed[from].x, leaves[from]), (placed[to].x, arrives[to]), width);
            leaves[from] += width;
            arrives[to] += width;
            Ribbon { link, width, d }
        })
        .collect();
    ribbons.sort_by(|a, b| b.width.total_cmp(&a.width));
    ribbons
}

/// From the upper left corner along the upper edge to the upper right one, down, and back along the lower edge.
fn outline((x0, y0): (f64, f64), (x1, y1): (f64, f64), width: f64) -> String {
    let height = width.max(THIN);
    let middle = short((x0 + x1) / 2.0);
    let (low0, low1) = (short(y0 + height), short(y1 + height));
    let (x0, y0, x1, y1) = (short(x0), short(y0), short(x1), short(y1));
    format!("M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}V{low1}C{middle} {low1} {middle} {low0} {x0} {low0}Z")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 1000.0, h: 300.0 };
    const NODES: [Node<'static>; 5] = [
        Node { id: "a", stage: 0 },
        Node { id: "b", stage: 0 },
        Node { id: "m", stage: 1 },
        Node { id: "y", stage: 2 },
        Node { id: "z", stage: 2 },
    ];

    fn link(from: &'static str, to: &'static str, value: f64) -> Link<'static> {
        Link { from, to, value }
    }

    #[test]
    fn totals_are_kept() {
        let links = [link("a", "m", 30.0), link("b", "m", 10.0), link("m", "y", 25.0), link("m", "z", 15.0)];
        let (nodes, ribbons) = flow(&NODES, &links, SIZE, 20.0);
        assert_eq!(nodes.iter().map(|node| node.value).collect::<Vec<_>>(), [30.0, 10.0, 40.0, 25.0, 15.0]);
        let total: f64 = ribbons.iter().filter(|ribbon| ribbon.link.to == "m").map(|ribbon| ribbon.width).sum();
        assert!((total - nodes[2].h).abs() < 1e-9);
        assert!(ribbons.windows(2).all(|pair| pair[0].width >= pair[1].width));
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let odd = [
            link("a", "nobody", 5.0),
            link("y", "a", 5.0),
            link("a", "b", 5.0),
            link("a", "m", 0.0),
            link("a", "m", f64::NAN),
        ];
        assert_eq!(flow(&NODES, &odd, SIZE, 20.0), (vec![], vec![]));
        assert_eq!(flow(&[], &[], SIZE, 20.0), (vec![], vec![]));
        let (nodes, ribbons) = flow(&NODES, &[link("a", "m", 1.0)], SIZE, 20.0);
        assert_eq!((nodes.len(), ribbons.len()), (2, 1));
    }

    proptest! {
        #[test]
        fn inside_the_box(values in prop::collection::vec(0.0..1e6f64, 4), gap in 0.0..500.0f64) {
            let links = [link("a", "m", values[0]), link("b", "m", values[1]), link("m", "y", values[2]), link("m", "z", values[3])];
            let (nodes, ribbons) = flow(&NODES, &links, SIZE, gap);
            for node in &nodes {
                prop_assert!(node.y >= -1e-6 && node.y + node.h <= SIZE.h + 1e-6 && (0.0..=SIZE.w).contains(&node.x));
            }
            let drawn: f64 = ribbons.iter().map(|ribbon| ribbon.link.value).sum();
            prop_assert!((drawn - values.iter().sum::<f64>()).abs() < 1e-6);
        }
    }
}
