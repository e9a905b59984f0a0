//! The shop.

pub(crate) mod life;
pub(crate) mod model;
mod order;
