//! Several lines over one axis from zero: each with its intervals, and with a place for its name at its end.

use super::line::{At, Axis};
use super::{Point, Size, band, path, ticks};

/// One line, its values sorted by `x`.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The values.
    pub values: Vec<At>,
    /// Whether its intervals are one band; otherwise each is a whisker.
    pub banded: bool,
}

/// The shapes of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The line; a single value has none.
    pub line: String,
    /// The band of its intervals, or a whisker for each.
    pub spread: String,
    /// Its points.
    pub points: Vec<Point>,
    /// The height of its name, moved apart from the others.
    pub label: f64,
}

/// The shapes of the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// One for each series, in their order; nothing for one without a finite value.
    pub lines: Vec<Option<Drawn>>,
    /// The vertical axis.
    pub axis: Axis,
    /// The ends of the horizontal axis.
    pub span: (f64, f64),
}

impl Lines {
    /// How far along the box a value of the horizontal axis lies, from 0 to 1.
    pub fn across(&self, x: f64) -> f64 {
        across(x, self.span)
    }
}

fn across(x: f64, (first, last): (f64, f64)) -> f64 {
    if last > first { ((x - first) / (last - first)).clamp(0.0, 1.0) } else { 0.5 }
}

/// Draws the series into the box, names at least `gap` apart where there is room. The axis begins at zero. `None` when
/// there is no finite value at all.
pub fn lines(series: &[Series], size: Size, gap: f64) -> Option<Lines> {
    let finite: Vec<Vec<At>> = series
        .iter()
        .map(|one| one.values.iter().copied().filter(|at| at.x.is_finite() && at.y.is_finite()).collect())
        .collect();
    let all = || finite.iter().flatten();
    let first = all().map(|at| at.x).reduce(f64::min)?;
    let last = all().map(|at| at.x).reduce(f64::max)?;
    let top = all().map(|at| high(at).max(at.y)).filter(|y| y.is_finite()).fold(0.0, f64::max);
    let marks = ticks(0.0, if top > 0.0 { top } else { 1.0 }, 4);
    let (low, ceiling) = (*marks.first()?, *marks.last()?);
    let span = (first, last);
    let place = |x: f64, y: f64| Point {
        x: size.w * across(x, span),
        y: size.h * (1.0 - ((y - low) / (ceiling - low)).clamp(0.0, 1.0)),
    };
    let mut drawn: Vec<Option<Drawn>> =
        series.iter().zip(&finite).map(|(one, values)| draw(one, values, &place)).collect();
    let ends: Vec<f64> = drawn.iter().flatten().map(|one| one.label).collect();
    let apart = spread(&ends, gap, size.h);
    drawn.iter_mut().flatten().zip(apart).for_each(|(one, label)| one.label = label);
    let axis = Axis { low, high: ceiling, marks: marks.into_iter().map(|mark| (mark, place(first, mark).y)).collect() };
    Some(Lines { lines: drawn, axis, span })
}

fn draw(series: &Series, values: &[At], place: &dyn Fn(f64, f64) -> Point) -> Option<Drawn> {
    let points: Vec<Point> = values.iter().map(|at| place(at.x, at.y)).collect();
    let end = points.last()?;
    let run = |pick: &dyn Fn(&At) -> f64| values.iter().map(|at| place(at.x, pick(at))).collect::<Vec<_>>();
    let (upper, lower) = (run(&high), run(&low));
    let whiskers = || upper.iter().zip(&lower).map(|(top, bottom)| path([*top, *bottom])).collect::<String>();
    Some(Drawn {
        line: if points.len() > 1 { path(points.iter().copied()) } else { String::new() },
        spread: if series.banded { band(&upper, &lower) } else { whiskers() },
        label: end.y,
        points,
    })
}

fn high(at: &At) -> f64 {
    at.interval.map_or(at.y, |interval| interval.1)
}

fn low(at: &At) -> f64 {
    at.interval.map_or(at.y, |interval| interval.0)
}

/// Heights as near as may be to the wanted ones, in the same order, `gap` apart and inside `0..=height`; nearer together
/// where there is no room for that.
pub fn spread(wanted: &[f64], gap: f64, height: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let gap = gap.min(height / wanted.len().saturating_sub(1).max(1) as f64);
    let mut out = vec![0.0; wanted.len()];
    let mut least = 0.0f64;
    for at in &order {
        out[*at] = wanted[*at].clamp(0.0, height).max(least);
        least = out[*at] + gap;
    }
    let mut most = height;
    for at in order.iter().rev() {
        out[*at] = out[*at].min(most).max(0.0);
        most = out[*at] - gap;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 1000.0, h: 200.0 };

    fn series(values: &[(f64, f64)], banded: bool) -> Series {
        let at = |(x, y): &(f64, f64)| At { x: *x, y: *y, interval: Some((y - 0.1, y + 0.1)) };
        Series { values: values.iter().map(at).collect(), banded }
    }

    #[test]
    fn a_band_and_whiskers_over_one_axis() {
        let average = series(&[(1.0, 0.4), (2.0, 0.2), (3.0, 0.2)], true);
        let short = series(&[(1.0, 0.3)], false);
        let drawn = lines(&[average, short], SIZE, 0.0).unwrap();
        // The axis runs from 0 to 60 %: half a per cent of a mark above 50 %.
        assert_eq!((drawn.axis.low, drawn.axis.high, drawn.span), (0.0, 0.6, (1.0, 3.0)));
        let [Some(average), Some(short)] = &drawn.lines[..] else { panic!("{drawn:?}") };
        assert_eq!(average.line, "M0 66.7L500 133.3L1000 133.3");
        assert_eq!(average.spread, "M0 33.3L500 100L1000 100L1000 166.7L500 166.7L0 100Z");
        assert_eq!((short.line.as_str(), short.spread.as_str()), ("", "M0 66.7L0 133.3"));
        assert_eq!((average.points.len(), short.points.len()), (3, 1));
    }

    #[test]
    fn nothing_and_one_to_draw() {
        assert_eq!(lines(&[], SIZE, 14.0), None);
        assert_eq!(lines(&[series(&[], true), series(&[(f64::NAN, 1.0)], false)], SIZE, 14.0), None);
        let one = lines(&[series(&[], true), series(&[(2.0, 0.0)], false)], SIZE, 14.0).unwrap();
        assert_eq!(one.lines[0], None);
        assert_eq!(one.lines[1].as_ref().unwrap().points, [Point { x: 500.0, y: 200.0 }]);
    }

    #[test]
    fn names_step_aside() {
        assert_eq!(spread(&[100.0, 100.0, 20.0], 14.0, 200.0), [100.0, 114.0, 20.0]);
        assert_eq!(spread(&[199.0, 200.0], 14.0, 200.0), [186.0, 200.0]);
        assert_eq!(spread(&[5.0, 5.0, 5.0], 150.0, 200.0), [0.0, 100.0, 200.0]);
        assert_eq!(spread(&[], 14.0, 200.0), [] as [f64; 0]);
    }

    proptest! {
        #[test]
        fn names_keep_order_room_and_distance(wanted in prop::collection::vec(-50.0..250.0f64, 0..8), gap in 0.0..60.0f64) {
            let found = spread(&wanted, gap, 200.0);
            let room = gap.min(200.0 / wanted.len().saturating_sub(1).max(1) as f64);
            prop_assert!(found.iter().all(|y| (0.0..=200.0).contains(y)));
            for (i, a) in wanted.iter().enumerate() {
                for (j, b) in wanted.iter().enumerate().filter(|(j, _)| *j != i) {
                    prop_assert!((found[i] - found[j]).abs() >= room - 1e-6, "{found:?}");
                    prop_assert!(a >= b || found[i] < found[j] + 1e-6, "{i} {j} {found:?}");
                }
            }
        }

        #[test]
        fn inside_the_box(xs in prop::collection::vec((0.0..30.0f64, 0.0..1.0f64), 0..20), more in prop::collection::vec((0.0..30.0f64, any::<f64>()), 0..20)) {
            let sorted = |mut values: Vec<(f64, f64)>| { values.sort_by(|a, b| a.0.total_cmp(&b.0)); values };
            let drawn = lines(&[series(&sorted(xs), true), series(&sorted(more), false)], SIZE, 14.0);
            for one in drawn.iter().flat_map(|drawn| drawn.lines.iter().flatten()) {
                prop_assert!((0.0..=SIZE.h).contains(&one.label));
                for number in (one.line.clone() + &one.spread).split(['M', 'L', 'Z', ' ']).filter(|text| !text.is_empty()) {
                    let number: f64 = number.parse().unwrap();
                    prop_assert!((0.0..=SIZE.w).contains(&number), "{number}");
                }
            }
        }
    }
}
