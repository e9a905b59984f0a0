//! Statistics: intervals, tests of shares, survival, concentration, quantiles, purchases. Numbers in, numbers out; no customer, no I/O, no clock.

pub mod change_points;
pub mod concentration;
pub mod interval;
mod maximum;
pub mod mix;
pub mod proportions;
pub mod purchases;
pub mod quantile;
mod special;
pub mod survival;

pub use maximum::Fitted;

#[cfg(test)]
mod reference;

/// The two-sided 95 % point of the standard normal distribution, Φ⁻¹(0.975).
pub const Z_95: f64 = 1.959_963_984_540_054;
