//! Buying till they leave: models of how often people buy, and for how much, whom nobody tells when they have gone.

pub mod gamma_gamma;
pub mod pareto_nbd;
