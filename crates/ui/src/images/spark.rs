//! A small line without axes.

use maud::html;

use super::{Image, Ink};
use crate::charts::{Size, short, spark as shapes};

const BOX: Size = Size { w: 200.0, h: 56.0 };
/// Room for half a dot.
const PAD: f64 = 6.0;

/// The image, with its last point in the colour of the news.
pub(crate) fn spark(ink: &Ink, values: &[f64], end: &str) -> Option<Image> {
    let drawn = shapes::spark(values, BOX)?;
    let body = html! {
        g transform={ "translate(" (PAD) " " (PAD) ")" } {
            path d=(drawn.area) fill=(ink.surface_2) {}
            path d=(drawn.line) stroke=(ink.ink_3) stroke-width="1.5" fill="none" stroke-linejoin="round" {}
            circle cx=(short(drawn.end.x)) cy=(short(drawn.end.y)) r="4" fill=(end) {}
        }
    };
    Some(Image::new(ink, Size { w: BOX.w + 2.0 * PAD, h: BOX.h + 2.0 * PAD }, &body))
}
