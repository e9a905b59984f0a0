//! Stacked bars on both sides of zero, and a line through their sums.

use super::{Point, Size, ticks};

/// The part of a step that its bar takes; the rest is the gap to the next one.
const FILL: f64 = 0.64;

/// What a step is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Above zero, from zero up; none of them negative.
    pub gains: Vec<f64>,
    /// Below zero, from zero down; none of them negative.
    pub losses: Vec<f64>,
    /// The point of the line.
    pub net: f64,
}

/// One step as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Left edge of the bar.
    pub x: f64,
    /// Its width.
    pub w: f64,
    /// Middle of the step, from 0 to 1 across the box.
    pub across: f64,
    /// Top edge and height of each gain, then of each loss.
    pub parts: Vec<(f64, f64)>,
    /// The point of the line.
    pub net: Point,
}

/// The whole drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stacks {
    /// One a step, in order.
    pub stacks: Vec<Stack>,
    /// Round values with their height in the box.
    pub marks: Vec<(f64, f64)>,
    /// Where zero is.
    pub zero: f64,
}

/// Numbers that are none count nothing.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Draws the steps on one scale. `None` without a step.
pub fn stacks(steps: &[Step], size: Size) -> Option<Stacks> {
    steps.first()?;
    let sum = |values: &[f64]| values.iter().map(|value| known(*value).max(0.0)).sum::<f64>();
    let edges = |step: &Step| [sum(&step.gains), -sum(&step.losses), known(step.net)];
    let all = || steps.iter().flat_map(edges);
    let marks = ticks(all().fold(0.0, f64::min), all().fold(0.0, f64::max), 5);
    let (bottom, top) = (*marks.first()?, *marks.last()?);
    let y = |value: f64| size.h * (1.0 - ((value - bottom) / (top - bottom)).clamp(0.0, 1.0));
    let width = size.w / steps.len() as f64;
    let one = |(at, step): (usize, &Step)| {
        let (mut up, mut down) = (0.0, 0.0);
        let gains = step.gains.iter().map(|value| {
            let from = up;
            up += known(*value).max(0.0);
            (y(up), y(from) - y(up))
        });
        let mut parts: Vec<(f64, f64)> = gains.collect();
        parts.extend(step.losses.iter().map(|value| {
            let from = down;
            down -= known(*value).max(0.0);
            (y(from), y(down) - y(from))
        }));
        let across = (at as f64 + 0.5) / steps.len() as f64;
        let net = Point { x: across * size.w, y: y(known(step.net)) };
        Stack { x: width * (at as f64 + (1.0 - FILL) / 2.0), w: width * FILL, across, parts, net }
    };
    Some(Stacks {
        stacks: steps.iter().enumerate().map(one).collect(),
        marks: marks.iter().map(|mark| (*mark, y(*mark))).collect(),
        zero: y(0.0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 100.0, h: 100.0 };

    #[test]
    fn gains_stand_on_zero_and_losses_hang_from_it() {
        let step = Step { gains: vec![30.0, 20.0], losses: vec![10.0, 40.0], net: 0.0 };
        let drawn = stacks(&[step], SIZE).unwrap();
        let (low, high) = (drawn.marks[0].0, drawn.marks.last().unwrap().0);
        let unit = SIZE.h / (high - low);
        let parts: Vec<(f64, f64)> = drawn.stacks[0].parts.clone();
        let wanted = [(30.0, 30.0), (50.0, 20.0), (0.0, 10.0), (-10.0, 40.0)];
        for ((y, h), (top, height)) in parts.iter().zip(wanted) {
            assert!((drawn.zero - y - top * unit).abs() < 1e-9 && (h - height * unit).abs() < 1e-9, "{parts:?}");
        }
        assert_eq!(drawn.stacks[0].net.y, drawn.zero);
        assert_eq!(stacks(&[], SIZE), None);
        let nothing = Step { gains: vec![0.0], losses: vec![f64::NAN], net: f64::NAN };
        assert!(stacks(&[nothing], SIZE).unwrap().stacks[0].parts.iter().all(|(_, h)| *h == 0.0));
    }

    proptest! {
        #[test]
        fn totals_are_kept_inside_the_box(
            values in prop::collection::vec((0.0..1e6f64, 0.0..1e6f64, 0.0..1e6f64), 1..30),
        ) {
            let steps: Vec<Step> = values
                .iter()
                .map(|(a, b, c)| Step { gains: vec![*a, *b], losses: vec![*c], net: a + b - c })
                .collect();
            let drawn = stacks(&steps, SIZE).unwrap();
            let unit = SIZE.h / (drawn.marks.last().unwrap().0 - drawn.marks[0].0);
            for (stack, step) in drawn.stacks.iter().zip(&steps) {
                let height: f64 = stack.parts.iter().map(|part| part.1).sum();
                let sum: f64 = step.gains.iter().chain(&step.losses).sum();
                prop_assert!((height - sum * unit).abs() < 1e-6);
                prop_assert!(stack.parts.iter().all(|(y, h)| *y >= -1e-9 && *h >= -1e-9 && y + h <= SIZE.h + 1e-6));
                prop_assert!((drawn.zero - stack.net.y - step.net * unit).abs() < 1e-6);
                prop_assert!(stack.x >= 0.0 && stack.x + stack.w <= SIZE.w + 1e-6);
            }
        }
    }
}
