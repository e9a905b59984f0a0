//! Quantiles, and scores by quantile.

/// The `p` quantile (0 to 1) of sorted values, interpolated linearly between order statistics; nothing when there are
/// none.
///
/// ```text
/// h = (n − 1)·p        q = x[⌊h⌋] + (h − ⌊h⌋)·(x[⌊h⌋ + 1] − x[⌊h⌋])
/// ```
///
/// Type 7 of Hyndman & Fan, The American Statistician 50 (1996), 361–365: the default of R, NumPy and pandas.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let (low, high, part) = place(sorted.len(), p)?;
    Some(sorted[low] + part * (sorted[high] - sorted[low]))
}

/// The `p` quantile of whole numbers in any order, as [`quantile`]. Reorders them; linear time.
pub fn quantile_of_whole(values: &mut [i64], p: f64) -> Option<f64> {
    let (low, high, part) = place(values.len(), p)?;
    let (_, &mut first, above) = values.select_nth_unstable(low);
    if high == low || part == 0.0 {
        return Some(first as f64);
    }
    let second = above.iter().copied().min().unwrap_or(first);
    Some(first as f64 + part * (second as f64 - first as f64))
}

/// The `p` quantile of whole numbers that are told by how many there are of each, as [`quantile`]: `counts[n]` times n.
pub fn quantile_of_counts(counts: &[u64], p: f64) -> Option<f64> {
    let total = usize::try_from(counts.iter().sum::<u64>()).ok()?;
    let (low, high, part) = place(total, p)?;
    let value = |wanted: usize| {
        let mut passed = 0;
        let found = counts.iter().position(|count| {
            passed += *count;
            passed > wanted as u64
        });
        found.unwrap_or_default() as f64
    };
    Some(value(low) + part * (value(high) - value(low)))
}

/// The two order statistics and the way between them.
fn place(n: usize, p: f64) -> Option<(usize, usize, f64)> {
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let h = (n - 1) as f64 * p;
    let low = (h.floor() as usize).min(n - 1);
    Some((low, (low + 1).min(n - 1), h - low as f64))
}

/// The values that cut the data in `parts` equal parts: the 1/parts, 2/parts … quantiles. Reorders the values.
pub fn thresholds(values: &mut [i64], parts: u32) -> Vec<f64> {
    values.sort_unstable();
    let sorted = |i: usize| values[i] as f64;
    (1..parts)
        .filter_map(|k| {
            let (low, high, part) = place(values.len(), f64::from(k) / f64::from(parts))?;
            Some(sorted(low) + part * (sorted(high) - sorted(low)))
        })
        .collect()
}

/// The score of one value: 1 plus the number of thresholds it lies above. Equal values share a score, so the answer
/// does not depend on the order of rows; a bin may stay empty when many values tie.
///
/// ```
/// assert_eq!(models::quantile::score(5, &[1.0, 1.0, 2.0, 5.0]), 4);
/// ```
pub fn score(value: i64, thresholds: &[f64]) -> u8 {
    1 + thresholds.iter().filter(|threshold| value as f64 > **threshold).count() as u8
}

/// The bucket (1 to `tiles`) of the row at `position` (from 0) among `rows` rows in order, as SQL's `NTILE`: the first
/// `rows % tiles` buckets hold one row more. Rows that tie are split by whatever order was given.
///
/// ```
/// let tiles: Vec<u8> = (0..7).map(|i| models::quantile::ntile(i, 7, 3)).collect();
/// assert_eq!(tiles, [1, 1, 1, 2, 2, 3, 3]);
/// ```
pub fn ntile(position: usize, rows: usize, tiles: u8) -> u8 {
    let tiles = usize::from(tiles.max(1));
    let (small, larger) = (rows / tiles, rows % tiles);
    let in_larger = larger * (small + 1);
    let tile =
        if position < in_larger { position / (small + 1) } else { larger + (position - in_larger) / small.max(1) };
    (tile + 1).min(tiles) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;
    use proptest::prelude::*;

    #[test]
    fn linear_interpolation_as_numpy_documents_it() {
        let x = [1.0, 2.0, 3.0, 4.0];
        for (p, q) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.9, 3.7), (1.0, 4.0)] {
            // A few units in the last place of an interpolation.
            assert!((quantile(&x, p).unwrap() - q).abs() < 1e-12);
        }
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile_of_whole(&mut [], 0.5), None);
        assert_eq!(quantile_of_whole(&mut [4, 1, 3, 2], 0.5), Some(2.5));
    }

    #[test]
    fn cdnow_scores_are_the_published_ones() {
        let Some(reference) = reference::json("reference/nps_rfm_mrr.json") else { return };
        let names = ["customer_id", "date", "amount"];
        let Some(rows) = reference::columns("btyd/cdnow_sample_transactions.csv", &names) else { return };
        let wanted = &reference["rfm_cdnow_sample"]["threshold_gt"];
        let mut by_customer = std::collections::BTreeMap::<i64, (i64, i64, i64)>::new();
        for row in rows {
            let entry = by_customer.entry(row[0].parse().unwrap()).or_default();
            entry.0 = entry.0.max(day(&row[1]));
            entry.1 += 1;
            entry.2 += (row[2].parse::<f64>().unwrap() * 100.0).round() as i64;
        }
        let end = day("1998-06-30");
        let recency: Vec<i64> = by_customer.values().map(|c| end - c.0).collect();
        let frequency: Vec<i64> = by_customer.values().map(|c| c.1).collect();
        let money: Vec<i64> = by_customer.values().map(|c| c.2).collect();
        let cut = |values: &[i64]| thresholds(&mut values.to_vec(), 5);
        let (r, f, m) = (cut(&recency), cut(&frequency), cut(&money));
        for (found, name, unit) in
            [(&r, "recency_thresholds", 1.0), (&f, "frequency_thresholds", 1.0), (&m, "monetary_thresholds", 100.0)]
        {
            for (found, wanted) in found.iter().zip(wanted[name].as_array().unwrap()) {
                // Money is compared in cents against decimals kept as f64.
                assert!((found / unit - wanted.as_f64().unwrap()).abs() < 1e-9, "{name}: {found} {wanted}");
            }
        }
        let mut counts = [[0u64; 5]; 3];
        for i in 0..recency.len() {
            let scores = [6 - score(recency[i], &r), score(frequency[i], &f), score(money[i], &m)];
            for (which, score) in scores.into_iter().enumerate() {
                counts[which][usize::from(score) - 1] += 1;
            }
        }
        for (which, name) in ["R", "F", "M"].into_iter().enumerate() {
            let wanted: Vec<u64> =
                wanted["counts"][name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
            assert_eq!(counts[which].to_vec(), wanted, "{name}");
        }
    }

    fn day(text: &str) -> i64 {
        text[..10].parse::<terms::Date>().unwrap().0.into()
    }

    proptest! {
        #[test]
        fn order_of_rows_changes_nothing(mut values in prop::collection::vec(-50i64..50, 1..200), p in 0.0f64..=1.0) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let floats: Vec<f64> = sorted.iter().map(|v| *v as f64).collect();
            prop_assert_eq!(quantile_of_whole(&mut values.clone(), p), quantile(&floats, p));
            let mut counts = vec![0u64; 101];
            values.iter().for_each(|value| counts[(value + 50) as usize] += 1);
            let raised: Vec<f64> = floats.iter().map(|value| value + 50.0).collect();
            prop_assert_eq!(quantile_of_counts(&counts, p), quantile(&raised, p));
            prop_assert_eq!(thresholds(&mut values.clone(), 5), thresholds(&mut sorted, 5));
            let cuts = thresholds(&mut values, 5);
            for pair in sorted.windows(2) {
                let (a, b) = (score(pair[0], &cuts), score(pair[1], &cuts));
                prop_assert!(a <= b && (1..=5).contains(&a) && (1..=5).contains(&b));
                prop_assert!(pair[0] != pair[1] || a == b);
            }
        }

        #[test]
        fn tiles_differ_by_at_most_one_row_and_the_larger_come_first(rows in 0usize..500, tiles in 1u8..12) {
            let mut sizes = vec![0usize; usize::from(tiles)];
            let mut last = 1;
            for position in 0..rows {
                let tile = ntile(position, rows, tiles);
                prop_assert!(tile >= last && tile <= tiles);
                last = tile;
                sizes[usize::from(tile) - 1] += 1;
            }
            prop_assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]));
            prop_assert!(sizes[0] - sizes[sizes.len() - 1] <= 1);
        }
    }
}
