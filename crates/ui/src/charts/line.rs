//! A line over an axis, with the band of its interval.

use super::{Point, Size, band, path, ticks};

/// One value along the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct At {
    /// Where on the horizontal axis: days, usually.
    pub x: f64,
    /// The value.
    pub y: f64,
    /// Its interval, where there is one.
    pub interval: Option<(f64, f64)>,
}

/// How a line is drawn from one point to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Straight.
    Straight,
    /// Level, then down at the next point: what a Kaplan-Meier estimate is between events.
    Steps,
}

/// The vertical axis: `low` at the bottom, `high` at the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Value at the bottom.
    pub low: f64,
    /// Value at the top.
    pub high: f64,
    /// Round values between, with their height in the box.
    pub marks: Vec<(f64, f64)>,
}

/// The shapes of a line chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The line.
    pub line: String,
    /// The band of the interval; empty without one.
    pub band: String,
    /// The last point.
    pub end: Point,
    /// The vertical axis.
    pub axis: Axis,
    /// The ends of the horizontal axis.
    pub span: (f64, f64),
}

impl Line {
    /// How far along the box a value of the horizontal axis lies, from 0 to 1.
    pub fn across(&self, x: f64) -> f64 {
        let (first, last) = self.span;
        if last > first { ((x - first) / (last - first)).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Where the vertical axis begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// At zero, up to one: shares of a whole.
    Whole,
    /// At zero, up to the largest value: counts and amounts.
    Zero,
    /// Just below the lowest value. The page must say so.
    Near,
}

/// Draws `values`, sorted by `x`, into the box. `None` for fewer than two finite values.
pub fn line(values: &[At], size: Size, shape: Shape, floor: Floor) -> Option<Line> {
    let values: Vec<At> = values.iter().copied().filter(|at| at.x.is_finite() && at.y.is_finite()).collect();
    let (first, last) = (values.first()?.x, values.last()?.x);
    if values.len() < 2 || last <= first {
        return None;
    }
    let marks = match floor {
        Floor::Whole => ticks(0.0, 1.0, 4),
        Floor::Zero => ticks(0.0, values.iter().map(|at| at.y).fold(0.0, f64::max), 4),
        Floor::Near => near(&values),
    };
    let (low, high) = (*marks.first()?, *marks.last()?);
    let x = |at: f64| size.w * ((at - first) / (last - first)).clamp(0.0, 1.0);
    let y = |value: f64| size.h * (1.0 - ((value - low) / (high - low)).clamp(0.0, 1.0));
    let run = |pick: &dyn Fn(&At) -> f64| points(&values, shape, &x, &|at| y(pick(at)));
    let upper = run(&|at| at.interval.map_or(at.y, |interval| interval.1));
    let lower = run(&|at| at.interval.map_or(at.y, |interval| interval.0));
    let middle = run(&|at| at.y);
    let has_band = values.iter().any(|at| at.interval.is_some());
    Some(Line {
        line: path(middle.iter().copied()),
        band: if has_band { band(&upper, &lower) } else { String::new() },
        end: *middle.last()?,
        axis: Axis { low, high, marks: marks.into_iter().map(|mark| (mark, y(mark))).collect() },
        span: (first, last),
    })
}

/// Marks around the values and their intervals, with at least a little room between.
fn near(values: &[At]) -> Vec<f64> {
    let ends = values.iter().flat_map(|at| {
        let (low, high) = at.interval.unwrap_or((at.y, at.y));
        [low.min(at.y), high.max(at.y)]
    });
    let (low, high) =
        ends.filter(|end| end.is_finite()).fold((f64::MAX, f64::MIN), |(low, high), end| (low.min(end), high.max(end)));
    if high > low { ticks(low, high, 4) } else { ticks(low - 0.05, high + 0.05, 4) }
}

fn points(values: &[At], shape: Shape, x: &dyn Fn(f64) -> f64, y: &dyn Fn(&At) -> f64) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(values.len() * 2);
    for at in values {
        let to = Point { x: x(at.x), y: y(at) };
        if let (Shape::Steps, Some(before)) = (shape, out.last()) {
            out.push(Point { x: to.x, y: before.y });
        }
        out.push(to);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 1000.0, h: 200.0 };

    fn at(x: f64, y: f64) -> At {
        At { x, y, interval: None }
    }

    #[test]
    fn straight_and_in_steps() {
        let values = [at(0.0, 1.0), at(10.0, 0.5), at(20.0, 0.25)];
        let straight = line(&values, SIZE, Shape::Straight, Floor::Whole).unwrap();
        assert_eq!(straight.line, "M0 0L500 100L1000 150");
        let steps = line(&values, SIZE, Shape::Steps, Floor::Whole).unwrap();
        assert_eq!(steps.line, "M0 0L500 0L500 100L1000 100L1000 150");
        assert_eq!(steps.across(5.0), 0.25);
        assert_eq!(steps.band, "");
        let counts = line(&[at(0.0, 30.0), at(1.0, 60.0)], SIZE, Shape::Straight, Floor::Zero).unwrap();
        assert_eq!((counts.axis.low, counts.axis.high, counts.line.as_str()), (0.0, 60.0, "M0 100L1000 0"));
        let none = line(&[at(0.0, 0.0), at(1.0, 0.0)], SIZE, Shape::Straight, Floor::Zero).unwrap();
        assert_eq!((none.axis.low, none.line.as_str()), (0.0, "M0 200L1000 200"));
    }

    #[test]
    fn the_band_holds_the_line() {
        let values =
            [At { x: 0.0, y: 0.9, interval: Some((0.8, 1.0)) }, At { x: 1.0, y: 0.5, interval: Some((0.4, 0.6)) }];
        let drawn = line(&values, SIZE, Shape::Straight, Floor::Whole).unwrap();
        assert_eq!(drawn.band, "M0 0L1000 80L1000 120L0 40Z");
    }

    #[test]
    fn nothing_to_draw() {
        for values in
            [vec![], vec![at(0.0, 1.0)], vec![at(3.0, 1.0), at(3.0, 0.5)], vec![at(f64::NAN, 1.0), at(1.0, 1.0)]]
        {
            assert_eq!(line(&values, SIZE, Shape::Straight, Floor::Near), None);
        }
    }

    proptest! {
        #[test]
        fn inside_the_box(mut xs in prop::collection::vec(0.0..1e4f64, 2..60), ys in prop::collection::vec(0.0..1.0f64, 60)) {
            xs.sort_by(f64::total_cmp);
            let values: Vec<At> = xs.iter().zip(&ys).map(|(x, y)| At { x: *x, y: *y, interval: Some((y - 0.1, y + 0.1)) }).collect();
            for floor in [Floor::Whole, Floor::Zero, Floor::Near] {
                if let Some(drawn) = line(&values, SIZE, Shape::Steps, floor) {
                    prop_assert!((0.0..=SIZE.h).contains(&drawn.end.y) && drawn.end.x == SIZE.w);
                    prop_assert!(drawn.axis.marks.iter().all(|mark| (0.0..=SIZE.h).contains(&mark.1)));
                    for number in drawn.band.split(['M', 'L', 'Z', ' ']).filter(|text| !text.is_empty()) {
                        let number: f64 = number.parse().unwrap();
                        prop_assert!((0.0..=SIZE.w).contains(&number));
                    }
                }
            }
        }
    }
}
