//! Tiles whose areas are the values. Ideas from M. Bruls, K. Huizing, J. van Wijk, "Squarified treemaps" (2000), but
//! by best cut instead of greedy rows: for the few groups we draw it leaves no slivers.

use super::Size;

/// Up to this many tiles every cut is tried (about 5^n steps); above, only the cut nearest the middle.
const EXACT_TILES: usize = 7;

/// A tile in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tile {
    /// Which value.
    pub index: usize,
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// Fills the box with tiles, larger ones first. Values that are not positive numbers have no tile.
pub fn tiles(values: &[f64], size: Size) -> Vec<Tile> {
    let mut order: Vec<usize> = (0..values.len()).filter(|at| values[*at].is_finite() && values[*at] > 0.0).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let whole = Tile { index: 0, x: 0.0, y: 0.0, w: size.w, h: size.h };
    if order.is_empty() || size.w <= 0.0 || size.h <= 0.0 { Vec::new() } else { split(values, &order, whole).1 }
}

/// Three families: the first above, the other two side by side below. Each entry is a family (0 to 2) and a value.
pub fn families(entries: &[(usize, f64)], size: Size) -> Vec<Tile> {
    let of = |family: usize| entries.iter().enumerate().filter(move |(_, entry)| entry.0 == family);
    let sum = |family: usize| of(family).map(|(_, entry)| entry.1).filter(|v| v.is_finite() && *v > 0.0).sum::<f64>();
    let (above, left, right) = (sum(0), sum(1), sum(2));
    let all = above + left + right;
    if all <= 0.0 {
        return Vec::new();
    }
    let top = size.h * above / all;
    let wide = if left + right > 0.0 { size.w * left / (left + right) } else { 0.0 };
    let boxes = [
        (0.0, 0.0, Size { w: size.w, h: top }),
        (0.0, top, Size { w: wide, h: size.h - top }),
        (wide, top, Size { w: size.w - wide, h: size.h - top }),
    ];
    let mut out = Vec::with_capacity(entries.len());
    for (family, (x, y, within)) in boxes.into_iter().enumerate() {
        let (indices, values): (Vec<usize>, Vec<f64>) = of(family).map(|(at, entry)| (at, entry.1)).unzip();
        let placed = tiles(&values, within);
        out.extend(placed.into_iter().map(|t| Tile { index: indices[t.index], x: t.x + x, y: t.y + y, ..t }));
    }
    out
}

/// The best division of a box among the values in `order`, and how stretched its worst tile is.
fn split(values: &[f64], order: &[usize], into: Tile) -> (f64, Vec<Tile>) {
    if let [only] = order {
        // Wide beats tall: words are wide.
        return ((into.w / into.h).max(1.6 * into.h / into.w), vec![Tile { index: *only, ..into }]);
    }
    let sum = |part: &[usize]| part.iter().map(|at| values[*at]).sum::<f64>();
    let total = sum(order);
    let cuts: Vec<usize> = if order.len() <= EXACT_TILES {
        (1..order.len()).collect()
    } else {
        let middle = (1..order.len()).min_by(|a, b| {
            let off = |cut: usize| (sum(&order[..cut]) / total - 0.5).abs();
            off(*a).total_cmp(&off(*b))
        });
        middle.into_iter().collect()
    };
    let mut best = (f64::INFINITY, Vec::new());
    for cut in cuts {
        let share = sum(&order[..cut]) / total;
        for (first, second) in [beside(into, share), below(into, share)] {
            let (a, b) = (split(values, &order[..cut], first), split(values, &order[cut..], second));
            let worst = a.0.max(b.0);
            if best.1.is_empty() || worst < best.0 {
                best = (worst, [a.1, b.1].concat());
            }
        }
    }
    best
}

fn beside(tile: Tile, share: f64) -> (Tile, Tile) {
    let w = tile.w * share;
    (Tile { w, ..tile }, Tile { x: tile.x + w, w: tile.w - w, ..tile })
}

fn below(tile: Tile, share: f64) -> (Tile, Tile) {
    let h = tile.h * share;
    (Tile { h, ..tile }, Tile { y: tile.y + h, h: tile.h - h, ..tile })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 600.0, h: 400.0 };

    fn inside(tile: &Tile) -> bool {
        tile.x >= -1e-6 && tile.y >= -1e-6 && tile.x + tile.w <= SIZE.w + 1e-6 && tile.y + tile.h <= SIZE.h + 1e-6
    }

    #[test]
    fn nothing_and_one() {
        assert!(tiles(&[], SIZE).is_empty());
        assert!(tiles(&[0.0, -1.0, f64::NAN], SIZE).is_empty());
        assert_eq!(tiles(&[0.0, 3.0], SIZE), [Tile { index: 1, x: 0.0, y: 0.0, w: 600.0, h: 400.0 }]);
        assert!(families(&[], SIZE).is_empty());
        assert_eq!(families(&[(2, 5.0)], SIZE), [Tile { index: 0, x: 0.0, y: 0.0, w: 600.0, h: 400.0 }]);
    }

    #[test]
    fn the_first_family_is_above() {
        let placed = families(&[(0, 60.0), (1, 20.0), (2, 20.0), (0, 30.0)], SIZE);
        let at = |index: usize| placed.iter().find(|tile| tile.index == index).unwrap();
        assert!(at(0).y < at(1).y && at(3).y < at(2).y);
        assert!(at(1).x < at(2).x);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn areas_are_the_values(values in prop::collection::vec(1.0..1000.0f64, 1..14)) {
            let placed = tiles(&values, SIZE);
            let total: f64 = values.iter().sum();
            prop_assert_eq!(placed.len(), values.len());
            for tile in &placed {
                prop_assert!(inside(tile));
                let wanted = values[tile.index] / total * SIZE.w * SIZE.h;
                prop_assert!((tile.w * tile.h - wanted).abs() < 1e-3, "{} instead of {wanted}", tile.w * tile.h);
            }
        }

        #[test]
        fn families_fill_the_box(entries in prop::collection::vec((0usize..3, 0.0..1000.0f64), 0..12)) {
            let placed = families(&entries, SIZE);
            let area: f64 = placed.iter().map(|tile| tile.w * tile.h).sum();
            prop_assert!(placed.is_empty() || (area - SIZE.w * SIZE.h).abs() < 1e-3);
            prop_assert!(placed.iter().all(inside));
        }
    }
}
