//! The write path: staged facts → buckets of customers → merged, sorted, encoded files → one commit.

mod derive;
mod encode;
mod merge;
mod names;
mod stage;

pub(crate) use derive::{DERIVED, derive, derived_schema};
pub(crate) use encode::{FileWriter, Written, read_batches};
pub(crate) use merge::{Merge, MergeCounts, drop_import, merge};
pub(crate) use names::Names;
pub(crate) use stage::{Stage, Staged};

/// The bucket of a customer: a stable hash, so that a customer's facts of every import meet in the same files.
/// `buckets` is a power of two.
pub(crate) fn bucket_of(hash: u64, buckets: u32) -> u32 {
    // The low bits are left to hash tables inside a bucket.
    ((hash >> 32) as u32) & (buckets - 1)
}

/// The hash that decides buckets, for ever: XXH64 with seed 0.
pub(crate) fn customer_hash(customer_id: &str) -> u64 {
    twox_hash::XxHash64::oneshot(0, customer_id.as_bytes())
}
