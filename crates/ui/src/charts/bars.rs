//! Bars from zero: heights as parts of the tallest.

/// Heights from 0 to 1, one for each value; a value that is not a positive number has none.
pub fn heights(values: &[f64]) -> Vec<f64> {
    let counts = |value: &f64| value.is_finite() && *value > 0.0;
    let top = values.iter().copied().filter(counts).fold(0.0, f64::max);
    values.iter().map(|value| if counts(value) { value / top } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_of_the_tallest() {
        assert_eq!(heights(&[1.0, 4.0, 0.0, f64::NAN, -2.0]), [0.25, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(heights(&[0.0]), [0.0]);
        assert!(heights(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn inside_the_box(values in prop::collection::vec(any::<f64>(), 0..40)) {
            prop_assert!(heights(&values).iter().all(|height| (0.0..=1.0).contains(height)));
        }
    }
}
