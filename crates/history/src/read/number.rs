//! Decimal numbers as people write them, read exactly: no float between the text and the minor units.

use serde::{Deserialize, Serialize};

/// Which sign stands between whole and fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.50`
    #[default]
    Point,
    /// `1.234,50`
    Comma,
}

impl DecimalMark {
    fn byte(self) -> u8 {
        match self {
            DecimalMark::Point => b'.',
            DecimalMark::Comma => b',',
        }
    }
}

/// A decimal number: `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// All digits, with the sign.
    pub mantissa: i64,
    /// How many of them stand after the decimal mark.
    pub scale: u32,
}

/// What stands beside amounts where there is no sign of its own.
const MONEY_WORDS: [&str; 40] = [
    "usd", "eur", "gbp", "chf", "sek", "nok", "dkk", "pln", "czk", "huf", "ron", "bgn", "isk", "try", "rub", "uah",
    "cad", "aud", "nzd", "jpy", "cny", "rmb", "twd", "nt", "hkd", "sgd", "krw", "inr", "rs", "brl", "r", "mxn", "zar",
    "kr", "zł", "zl", "kč", "ft", "lei", "руб",
];

/// Digits an `i64` always holds.
const DIGITS_MAX: usize = 18;

impl Decimal {
    /// Reads a number. `None` when the text is none, or has more whole digits than an amount can have.
    ///
    /// Plain numbers take the first loop; currency signs, groups of thousands, brackets and exponents the second.
    pub fn parse(text: &[u8], mark: DecimalMark) -> Option<Decimal> {
        plain(text, mark.byte()).or_else(|| dressed(text, mark))
    }

    /// In minor units of a currency with so many digits, rounded half away from zero. `None` when it does not fit.
    pub fn minor(self, digits: u32) -> Option<i64> {
        rescaled(i128::from(self.mantissa), self.scale, digits)
    }

    /// The product of several numbers in minor units: multiplied exactly, rounded once, half away from zero.
    pub fn product_minor(factors: impl IntoIterator<Item = Decimal>, digits: u32) -> Option<i64> {
        let mut product = 1i128;
        let mut scale = 0;
        for factor in factors {
            product = product.checked_mul(i128::from(factor.mantissa))?;
            scale += factor.scale;
        }
        rescaled(product, scale, digits)
    }

    /// The nearest float: for counts and measures, not for money.
    pub fn float(self) -> f64 {
        // Exact up to 2^53 and 10^22, which covers what people write; beyond, off by less than one part in 10^15.
        self.mantissa as f64 / 10f64.powi(self.scale as i32)
    }

    /// Whether it is a whole number, and which.
    pub fn whole(self) -> Option<i64> {
        let unit = 10i64.checked_pow(self.scale)?;
        (self.mantissa % unit == 0).then_some(self.mantissa / unit)
    }
}

fn rescaled(mantissa: i128, scale: u32, digits: u32) -> Option<i64> {
    if scale <= digits {
        let factor = 10i128.checked_pow(digits - scale)?;
        return i64::try_from(mantissa.checked_mul(factor)?).ok();
    }
    let unit = 10i128.checked_pow(scale - digits)?;
    let half = unit / 2;
    let rounded = if mantissa < 0 { (mantissa - half) / unit } else { (mantissa + half) / unit };
    i64::try_from(rounded).ok()
}

/// `-123.45`: a sign, digits, one mark. Nothing else.
fn plain(text: &[u8], mark: u8) -> Option<Decimal> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mut mantissa, mut scale, mut seen, mut fraction) = (0i64, 0u32, 0usize, false);
    for &byte in digits {
        if byte.is_ascii_digit() {
            seen += 1;
            if seen > DIGITS_MAX {
                return None; // perhaps only too many decimals: the slower reading decides
            }
            mantissa = mantissa * 10 + i64::from(byte - b'0');
            scale += u32::from(fraction);
        } else if byte == mark && !fraction {
            fraction = true;
        } else {
            return None;
        }
    }
    (seen > 0).then_some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale })
}

/// Numbers in their Sunday clothes: `$1,234.50`, `1.234,50 €`, `(12.00)`, `12.00-`, `1e3`, `USD 12`.
fn dressed(text: &[u8], mark: DecimalMark) -> Option<Decimal> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let (text, bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let mut digits = String::with_capacity(text.len());
    let (mut negative, mut fraction, mut exponent) = (bracketed, None::<usize>, 0i32);
    let mut letters = String::new();
    let mut group: Option<usize> = None; // digits since the last thousands sign
    let mark_char = char::from(mark.byte());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '0'..='9' => {
                digits.push(c);
                if let Some(count) = &mut group {
                    *count += 1;
                }
            }
            '-' | '\u{2212}' if !negative && (digits.is_empty() || at + c.len_utf8() == text.len()) => negative = true,
            '+' if digits.is_empty() => {}
            'e' | 'E'
                if !digits.is_empty()
                    && text[at + 1..].trim_start_matches(['+', '-']).starts_with(|d: char| d.is_ascii_digit()) =>
            {
                exponent = text[at + 1..].parse().ok().filter(|e: &i32| e.abs() < 40)?;
                break;
            }
            c if c == mark_char && fraction.is_none() => {
                if group.take().is_some_and(|count| count != 3) {
                    return None;
                }
                fraction = Some(digits.len());
            }
            ',' | '.' | '\'' | '\u{2019}' | ' ' | '\u{a0}' | '\u{202f}' | '_' => {
                let between =
                    digits.chars().next().is_some() && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
                if between {
                    // A sign between digits groups thousands; Indian groups of two are read as well.
                    if fraction.is_some() || group.is_some_and(|count| count != 3 && count != 2) {
                        return None;
                    }
                    group = Some(0);
                } else if !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '.') {
                    return None;
                }
            }
            '$' | '€' | '£' | '¥' | '₹' | '₽' | '₺' | '₩' | '฿' | '₫' | '₴' | '元' | '円' | '￥' =>
                {}
            c if c.is_alphabetic() && letters.len() < 8 => letters.extend(c.to_lowercase()),
            _ => return None,
        }
    }
    // 85123A and ABC123 are codes of products: only signs of money may stand beside a number.
    if digits.is_empty()
        || (letters == "r" && !text.contains('$'))
        || (!letters.is_empty() && !MONEY_WORDS.contains(&letters.as_str()))
        || group.is_some_and(|count| count != 3)
    {
        return None;
    }
    let mut scale = fraction.map_or(0, |at| digits.len() - at) as i32 - exponent;
    let significant = digits.trim_start_matches('0');
    let mut significant = if significant.is_empty() { "0" } else { significant }.to_owned();
    while significant.len() > DIGITS_MAX && scale > 0 {
        significant.pop(); // digits beyond 10^-15: the noise of a float, not money
        scale -= 1;
    }
    while scale < 0 {
        significant.push('0');
        scale += 1;
    }
    if significant.len() > DIGITS_MAX {
        return None;
    }
    let mantissa: i64 = significant.parse().ok()?;
    Some(Decimal {
        mantissa: if negative { -mantissa } else { mantissa },
        scale: u32::try_from(scale).ok().filter(|s| *s < 38)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, mark: DecimalMark, expected: Option<i64>) {
        let minor = Decimal::parse(text.as_bytes(), mark).and_then(|number| number.minor(2));
        assert_eq!(minor, expected, "{text:?} {mark:?}");
    }

    #[test]
    fn money_with_a_point() {
        for (text, cents) in [
            ("2.55", Some(255)),
            ("-2.5", Some(-250)),
            ("+7", Some(700)),
            (".5", Some(50)),
            ("5.", Some(500)),
            ("1,234.50", Some(123_450)),
            ("1,234,567", Some(123_456_700)),
            ("12,34,567.00", Some(123_456_700)),
            ("$1,234.50", Some(123_450)),
            ("-$12.00", Some(-1200)),
            ("$-12.00", Some(-1200)),
            ("(12.00)", Some(-1200)),
            ("12.00-", Some(-1200)),
            ("USD 12", Some(1200)),
            ("12.00 kr", Some(1200)),
            ("£0.01", Some(1)),
            ("1e3", Some(100_000)),
            ("1.5E-1", Some(15)),
            ("0.005", Some(1)),
            ("-0.005", Some(-1)),
            ("0.0049999999999999999999", Some(0)),
            ("12.340000000000001", Some(1234)),
            ("000000000000000000012.34", Some(1234)),
            ("R$ 12.00", Some(1200)),
            ("85123A", None),
            ("ABC123", None),
            ("1,5", None),
            ("1.2.3", None),
            ("12 apples", None),
            ("", None),
            ("-", None),
            ("abc", None),
            ("99999999999999999999", None),
            ("2024-01-01", None),
        ] {
            check(text, DecimalMark::Point, cents);
        }
    }

    #[test]
    fn money_with_a_comma() {
        for (text, cents) in [
            ("2,55", Some(255)),
            ("1.234,50", Some(123_450)),
            ("1 234,50 €", Some(123_450)),
            ("1'234,50", Some(123_450)),
            ("1\u{a0}234,50", Some(123_450)),
            ("-12,00 zł", Some(-1200)),
            ("7", Some(700)),
            ("1.23", None),
        ] {
            check(text, DecimalMark::Comma, cents);
        }
    }

    #[test]
    fn a_product_is_rounded_once() {
        let parse = |text: &str| Decimal::parse(text.as_bytes(), DecimalMark::Point).unwrap();
        for (quantity, price, cents) in
            [("6", "2.55", 1530), ("3", "0.335", 101), ("-3", "0.335", -101), ("0.5", "0.01", 1)]
        {
            assert_eq!(Decimal::product_minor([parse(quantity), parse(price)], 2), Some(cents));
        }
    }
}
