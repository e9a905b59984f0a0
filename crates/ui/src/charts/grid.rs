//! A square of squares: two scores against each other, each cell with a bar as long as its share of the largest.

/// What lies at a place of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The score upwards, from 1.
    pub up: u8,
    /// The score to the right, from 1.
    pub right: u8,
    /// How many.
    pub count: u64,
}

/// One cell in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Which entry; nothing where there is none.
    pub index: Option<usize>,
    /// How many.
    pub count: u64,
    /// Length of the bar, from 0 to 1: the largest cell has 1.
    pub length: f64,
}

/// The grid, the highest score on top and to the right.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Rows from top to bottom with their score.
    pub rows: Vec<(u8, Vec<Cell>)>,
    /// Sums of the columns from left to right.
    pub columns: Vec<u64>,
}

/// Places entries on a grid of `side` by `side`. What lies outside is left out; of two in one place the later one is.
pub fn grid(entries: &[Entry], side: u8) -> Grid {
    let inside = |entry: &Entry| (1..=side).contains(&entry.up) && (1..=side).contains(&entry.right);
    let largest = entries.iter().filter(|entry| inside(entry)).map(|entry| entry.count).max().unwrap_or(0).max(1);
    let cell = |up: u8, right: u8| {
        let index = entries.iter().position(|entry| (entry.up, entry.right) == (up, right));
        let count = index.and_then(|index| entries.get(index)).map_or(0, |entry| entry.count);
        Cell { index, count, length: count as f64 / largest as f64 }
    };
    let rows: Vec<(u8, Vec<Cell>)> =
        (1..=side).rev().map(|up| (up, (1..=side).map(|right| cell(up, right)).collect())).collect();
    let sum = |column: usize| rows.iter().map(|(_, cells)| cells.get(column).map_or(0, |cell| cell.count)).sum();
    let columns = (0..usize::from(side)).map(sum).collect();
    Grid { rows, columns }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_best_is_above_and_to_the_right() {
        let drawn = grid(&[Entry { up: 3, right: 3, count: 4 }, Entry { up: 1, right: 2, count: 1 }], 3);
        let counts: Vec<(u8, Vec<u64>)> =
            drawn.rows.iter().map(|(up, cells)| (*up, cells.iter().map(|cell| cell.count).collect())).collect();
        assert_eq!(counts, [(3, vec![0, 0, 4]), (2, vec![0, 0, 0]), (1, vec![0, 1, 0])]);
        assert_eq!(drawn.columns, [0, 1, 4]);
        assert_eq!((drawn.rows[0].1[2].length, drawn.rows[2].1[1].length), (1.0, 0.25));
        assert_eq!((drawn.rows[0].1[2].index, drawn.rows[0].1[0].index), (Some(0), None));
    }

    #[test]
    fn nothing_and_what_lies_outside() {
        assert_eq!(grid(&[], 0), Grid { rows: vec![], columns: vec![] });
        let empty = grid(&[], 2);
        assert!(empty.rows.iter().flat_map(|(_, cells)| cells).all(|cell| cell.count == 0 && cell.length == 0.0));
        assert_eq!(grid(&[Entry { up: 3, right: 1, count: 9 }, Entry { up: 0, right: 1, count: 9 }], 2), empty);
    }

    proptest! {
        #[test]
        fn totals_are_kept(counts in prop::collection::vec(0u64..1_000_000, 25), side in 1u8..=5) {
            let side_ = usize::from(side);
            let entries: Vec<Entry> = counts.iter().take(side_ * side_).enumerate()
                .map(|(at, count)| Entry { up: (at / side_) as u8 + 1, right: (at % side_) as u8 + 1, count: *count })
                .collect();
            let drawn = grid(&entries, side);
            let total: u64 = entries.iter().map(|entry| entry.count).sum();
            let cells: Vec<Cell> = drawn.rows.iter().flat_map(|(_, cells)| cells.clone()).collect();
            prop_assert_eq!(cells.iter().map(|cell| cell.count).sum::<u64>(), total);
            prop_assert_eq!(drawn.columns.iter().sum::<u64>(), total);
            prop_assert_eq!(cells.len(), entries.len());
            for cell in &cells {
                prop_assert!((0.0..=1.0).contains(&cell.length));
                prop_assert_eq!(entries[cell.index.unwrap()].count, cell.count);
            }
        }
    }
}
