//! Statistics: intervals, survival, concentration, quantiles. Numbers in, numbers out; no customer, no I/O, no clock.

pub mod concentration;
pub mod interval;
pub mod quantile;
pub mod survival;

#[cfg(test)]
mod reference;

/// The two-sided 95 % point of the standard normal distribution, Φ⁻¹(0.975).
pub const Z_95: f64 = 1.959_963_984_540_054;
