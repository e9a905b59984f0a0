//! Money: integer minor units and a currency, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Currency;

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Cents, pence, or whole units where the currency has no smaller ones.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// The amount as a decimal number: for charts and division only, never to be added up.
    pub fn decimal(self) -> f64 {
        self.minor as f64 / 10f64.powi(self.currency.minor_digits() as i32)
    }
}

impl fmt::Display for Money {
    /// `1234.50 EUR`: exact, for programs and logs. Screens format by locale.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let scale = 10u64.pow(digits);
        let (sign, size) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        if digits == 0 {
            return write!(f, "{sign}{size} {}", self.currency);
        }
        write!(f, "{sign}{}.{:0width$} {}", size / scale, size % scale, self.currency, width = digits as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_exactly() {
        for (minor, code, text) in [
            (123_450, "EUR", "1234.50 EUR"),
            (-5, "EUR", "-0.05 EUR"),
            (12, "JPY", "12 JPY"),
            (1, "KWD", "0.001 KWD"),
            (i64::MIN, "EUR", "-92233720368547758.08 EUR"),
        ] {
            assert_eq!(Money { minor, currency: code.parse().unwrap() }.to_string(), text);
        }
    }
}
