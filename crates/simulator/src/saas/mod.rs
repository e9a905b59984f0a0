//! The subscription business.

mod billing;
pub(crate) mod life;
pub(crate) mod model;
