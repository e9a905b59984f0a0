//! Charts as images for mail and documents: the shapes of [`charts`](crate::charts) in a size of their own, as PNG.
//!
//! An image carries numerals and names from the data, never words of ours: those stay in the text around it, so no
//! font but a subset of Inter has to be inside the program. What the subset cannot write is left out.

mod bars;
mod flow;
mod grid;
mod heat;
mod ink;
mod interval;
mod line;
mod lines;
mod lorenz;
mod plot;
mod spark;
mod stacks;
mod text;
mod tree;
mod waterfall;

use std::fmt;
use std::sync::{Arc, LazyLock};

use maud::{Markup, html};
use resvg::usvg::{self, fontdb};
use resvg::{render, tiny_skia};

pub(crate) use bars::bars;
pub(crate) use flow::flow;
pub(crate) use grid::{Square, grid};
pub(crate) use heat::{Cell, Fill, Row, heat};
pub(crate) use ink::Ink;
pub(crate) use interval::{Estimated, interval};
pub(crate) use line::{Run, line};
pub(crate) use lines::{Named, lines};
pub(crate) use lorenz::lorenz;
pub(crate) use spark::spark;
pub(crate) use stacks::stacks;
pub(crate) use text::{amount, named, period};
pub(crate) use tree::{Leaf, tree};
pub(crate) use waterfall::{Step, waterfall};

use crate::charts::Size;

/// Pixels for a unit of length, so that an image is sharp on fine screens and in print.
const SCALE: f64 = 2.0;

/// Regular digits of equal width, letters of western Europe, signs of money. Made from the font of the pages.
static FONT: &[u8] = include_bytes!("../../assets/inter-numerals.ttf");

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_source(fontdb::Source::Binary(Arc::new(FONT)));
    Arc::new(fonts)
});

/// A chart that stands alone.
#[derive(Debug, Clone)]
pub struct Image {
    size: Size,
    svg: String,
}

/// Why an image could not be made. Ours always can; see the tests.
#[derive(Debug)]
pub struct NotDrawn(String);

impl fmt::Display for NotDrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the image could not be drawn: {}", self.0)
    }
}

impl std::error::Error for NotDrawn {}

impl Image {
    /// Shapes on a ground of this size.
    fn new(ink: &Ink, size: Size, shapes: &Markup) -> Image {
        let (w, h) = (size.w.ceil(), size.h.ceil());
        let document = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(w) height=(h) viewBox={ "0 0 " (w) " " (h) } font-family="Inter" {
                rect width=(w) height=(h) fill=(ink.surface) {}
                (shapes)
            }
        };
        Image { size: Size { w, h }, svg: document.into_string() }
    }

    /// Its width and height, of which each takes two pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The drawing as an SVG document.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The drawing as PNG. The same drawing gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`NotDrawn`] for what is no drawing of ours.
    pub fn png(&self) -> Result<Vec<u8>, NotDrawn> {
        let options =
            usvg::Options { font_family: "Inter".to_owned(), fontdb: FONTS.clone(), ..usvg::Options::default() };
        let tree = usvg::Tree::from_str(&self.svg, &options).map_err(|error| NotDrawn(error.to_string()))?;
        let side = |length: f64| (length * SCALE) as u32;
        let pixels = tiny_skia::Pixmap::new(side(self.size.w), side(self.size.h));
        let mut pixels = pixels.ok_or_else(|| NotDrawn(format!("no room for {:?}", self.size)))?;
        let scale = tiny_skia::Transform::from_scale(SCALE as f32, SCALE as f32);
        render(&tree, scale, &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| NotDrawn(error.to_string()))
    }
}
