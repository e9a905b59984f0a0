//! Tiles whose areas are the values, in three families.

use maud::{Markup, html};

use super::text::{Anchor, text, width};
use super::{Image, Ink};
use crate::charts::tree::{Tile, families};
use crate::charts::{Size, short};

const BOX: Size = Size { w: 640.0, h: 400.0 };
const PAD: f64 = 16.0;
const LETTERS: f64 = 14.0;

/// A tile of the image.
#[derive(Debug)]
pub(crate) struct Leaf {
    /// 0 kept, 1 watch, 2 lost.
    pub family: usize,
    /// Its area.
    pub value: f64,
    /// What it says, where there is room.
    pub label: String,
}

/// The image; nothing where all are empty.
pub(crate) fn tree(ink: &Ink, leaves: &[Leaf]) -> Option<Image> {
    let entries: Vec<(usize, f64)> = leaves.iter().map(|leaf| (leaf.family, leaf.value)).collect();
    let tiles = families(&entries, BOX);
    tiles.first()?;
    let body = html! {
        g transform={ "translate(" (PAD) " " (PAD) ")" } {
            @for tile in &tiles { @if let Some(leaf) = leaves.get(tile.index) { (draw(ink, tile, leaf)) } }
        }
    };
    Some(Image::new(ink, Size { w: BOX.w + 2.0 * PAD, h: BOX.h + 2.0 * PAD }, &body))
}

fn draw(ink: &Ink, tile: &Tile, leaf: &Leaf) -> Markup {
    let colours = [(ink.kept_weak, ink.kept), (ink.warn_weak, ink.warn), (ink.lost_weak, ink.lost)];
    let (fill, letters) = colours[leaf.family.min(2)];
    let fits = tile.h > LETTERS * 1.4 && tile.w > width(&leaf.label, LETTERS) + 10.0;
    let (x, y) = (short(tile.x + 1.0), short(tile.y + 1.0));
    html! {
        rect x=(x) y=(y) width=(short((tile.w - 2.0).max(0.0))) height=(short((tile.h - 2.0).max(0.0))) rx="6" fill=(fill)
            stroke=(letters) stroke-opacity=".35" {}
        @if fits {
            (text(tile.x + tile.w / 2.0, tile.y + tile.h / 2.0, Anchor::Middle, LETTERS, letters, &leaf.label))
        }
    }
}
