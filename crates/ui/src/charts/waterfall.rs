//! Steps from one level to another: each bar begins where the one before ended. The first and the last stand on zero.

use super::{Point, Size, path, ticks};

/// The part of a place that its bar takes; the rest is the gap to the next one.
const FILL: f64 = 0.66;
/// The least difference between levels that is drawn, beside none at all.
const TINY: f64 = 1e-200;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Left edge.
    pub x: f64,
    /// Width.
    pub w: f64,
    /// Top edge.
    pub y: f64,
    /// Height; 0 for a step that changes nothing.
    pub h: f64,
    /// Middle of its place, from 0 to 1 across the box.
    pub across: f64,
    /// The level it begins at: 0 for the first and the last.
    pub from: f64,
    /// The level it leads to.
    pub to: f64,
}

/// The shapes of a waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// The start, the steps in order, the end.
    pub bars: Vec<Bar>,
    /// From each bar to the next, at the level both share.
    pub links: String,
    /// Round values with their height in the box, zero among them.
    pub marks: Vec<(f64, f64)>,
}

/// Draws a start, the steps from there, and where they end. `None` when any number is not finite, since an end that is not
/// known cannot be drawn, or when all of them are next to nothing.
pub fn waterfall(start: f64, steps: &[f64], size: Size) -> Option<Waterfall> {
    let levels: Vec<f64> = std::iter::once(start)
        .chain(steps.iter().scan(start, |level, step| {
            *level += step;
            Some(*level)
        }))
        .collect();
    let end = *levels.last()?;
    let spans =
        std::iter::once((0.0, start)).chain(levels.windows(2).map(|pair| (pair[0], pair[1]))).chain([(0.0, end)]);
    let (low, high) = levels.iter().fold((0.0f64, 0.0f64), |(low, high), level| (low.min(*level), high.max(*level)));
    let span = high - low;
    // What is so small that it cannot be divided any more is no amount of anything.
    if !levels.iter().all(|level| level.is_finite()) || !span.is_finite() || (span > 0.0 && span < TINY) {
        return None;
    }
    let marks = ticks(low, high, 4);
    let (bottom, top) = (*marks.first()?, *marks.last()?);
    let y = |level: f64| size.h * (1.0 - ((level - bottom) / (top - bottom)).clamp(0.0, 1.0));
    let places = (levels.len() + 1) as f64;
    let place = size.w / places;
    let bar = |(at, (from, to)): (usize, (f64, f64))| Bar {
        x: place * (at as f64 + (1.0 - FILL) / 2.0),
        w: place * FILL,
        y: y(from.max(to)),
        h: y(from.min(to)) - y(from.max(to)),
        across: (at as f64 + 0.5) / places,
        from,
        to,
    };
    let bars: Vec<Bar> = spans.enumerate().map(bar).collect();
    let link = |pair: &[Bar]| {
        let level = y(pair[0].to);
        path([Point { x: pair[0].x + pair[0].w, y: level }, Point { x: pair[1].x, y: level }])
    };
    Some(Waterfall {
        links: bars.windows(2).map(link).collect(),
        marks: marks.into_iter().map(|mark| (mark, y(mark))).collect(),
        bars,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 1000.0, h: 200.0 };

    fn levels(drawn: &Waterfall) -> Vec<(f64, f64)> {
        drawn.bars.iter().map(|bar| (bar.from, bar.to)).collect()
    }

    #[test]
    fn each_step_begins_where_the_one_before_ended() {
        let drawn = waterfall(60.0, &[40.0, -25.0], SIZE).unwrap();
        assert_eq!(levels(&drawn), [(0.0, 60.0), (60.0, 100.0), (100.0, 75.0), (0.0, 75.0)]);
        let edges: Vec<(f64, f64)> = drawn.bars.iter().map(|bar| (bar.y, bar.y + bar.h)).collect();
        assert_eq!(edges, [(80.0, 200.0), (0.0, 80.0), (0.0, 50.0), (50.0, 200.0)]);
        assert_eq!(drawn.links, "M207.5 80L292.5 80M457.5 0L542.5 0M707.5 50L792.5 50");
        assert_eq!((drawn.bars[0].across, drawn.bars[3].across), (0.125, 0.875));
    }

    #[test]
    fn below_zero_hangs_down() {
        let drawn = waterfall(10.0, &[-30.0, 5.0], SIZE).unwrap();
        assert_eq!(levels(&drawn), [(0.0, 10.0), (10.0, -20.0), (-20.0, -15.0), (0.0, -15.0)]);
        let zero = drawn.marks.iter().find(|mark| mark.0 == 0.0).unwrap().1;
        assert!(drawn.bars[1].y < zero && drawn.bars[1].y + drawn.bars[1].h > zero);
        assert_eq!(drawn.bars[3].y, zero);
    }

    #[test]
    fn nothing_and_one() {
        let alone = waterfall(5.0, &[], SIZE).unwrap();
        assert_eq!(levels(&alone), [(0.0, 5.0), (0.0, 5.0)]);
        assert_eq!(alone.bars[0].h, alone.bars[1].h);
        let nothing = waterfall(0.0, &[], SIZE).unwrap();
        assert!(nothing.bars.iter().all(|bar| bar.h == 0.0 && bar.y == SIZE.h));
        let flat = waterfall(5.0, &[0.0], SIZE).unwrap();
        assert_eq!(flat.bars[1].h, 0.0);
        for (start, step) in [(f64::NAN, 1.0), (1.0, f64::INFINITY), (f64::MAX, f64::MAX), (-f64::MAX, f64::MAX)] {
            assert!(waterfall(start, &[step, step], SIZE).is_none_or(|drawn| drawn.bars.len() == 4), "{start} {step}");
        }
        assert_eq!(waterfall(f64::NAN, &[], SIZE), None);
        assert_eq!(waterfall(1.0, &[f64::NEG_INFINITY], SIZE), None);
    }

    proptest! {
        #[test]
        fn totals_are_kept_inside_the_box(start in -1e6..1e6f64, steps in prop::collection::vec(-1e6..1e6f64, 0..20)) {
            let drawn = waterfall(start, &steps, SIZE).unwrap();
            prop_assert_eq!(drawn.bars.len(), steps.len() + 2);
            let end = drawn.bars.last().unwrap().to;
            prop_assert!((start + steps.iter().sum::<f64>() - end).abs() < 1e-6);
            let span = drawn.marks.last().unwrap().0 - drawn.marks[0].0;
            for bar in &drawn.bars {
                prop_assert!(bar.x >= 0.0 && bar.x + bar.w <= SIZE.w + 1e-6);
                prop_assert!(bar.y >= 0.0 && bar.h >= 0.0 && bar.y + bar.h <= SIZE.h + 1e-6);
                prop_assert!((bar.h - (bar.to - bar.from).abs() / span * SIZE.h).abs() < 1e-6);
            }
            for (bar, step) in drawn.bars[1..].iter().zip(&steps) {
                prop_assert!((bar.to - bar.from - step).abs() < 1e-6);
            }
            let inner = &drawn.bars[..=steps.len()];
            prop_assert!(inner.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert!(drawn.bars.windows(2).all(|pair| pair[0].x + pair[0].w < pair[1].x));
            for number in drawn.links.split(['M', 'L', ' ']).filter(|text| !text.is_empty()) {
                prop_assert!((0.0..=SIZE.w).contains(&number.parse::<f64>().unwrap()));
            }
        }

        #[test]
        fn anything_is_drawn_inside_or_not_at_all(start in any::<f64>(), steps in prop::collection::vec(any::<f64>(), 0..6)) {
            if let Some(drawn) = waterfall(start, &steps, SIZE) {
                prop_assert!(drawn.bars.iter().all(|bar| bar.y >= 0.0 && bar.y + bar.h <= SIZE.h + 1e-6));
                prop_assert!(!drawn.links.contains("NaN") && !drawn.links.contains("inf"));
            }
        }
    }
}
