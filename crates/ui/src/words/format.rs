//! Numbers, money and dates as each language writes them.

use reports::pages::{Moment, Value};
use terms::{Currency, Date, Grain, Money, Period};

use super::Lang;

/// U+2212. The hyphen on the keyboard is shorter than a digit and breaks lines.
const MINUS: char = '\u{2212}';
/// U+00A0: between a number and its unit a line must not break.
const NO_BREAK: char = '\u{a0}';
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The stems of the Finnish months, as calendars and axes write them: elokuu is "elo".
const MONTHS_FI: [&str; 12] =
    ["tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu"];

impl Lang {
    /// A number with `decimals` digits after the point. What rounds to zero has no sign.
    pub fn num(self, number: f64, decimals: usize) -> String {
        let digits = format!("{:.*}", decimals, number.abs());
        let negative = number < 0.0 && digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        self.grouped(&digits, negative)
    }

    /// A whole number.
    pub fn count(self, n: u64) -> String {
        self.grouped(&n.to_string(), false)
    }

    /// A percentage of a rate: 0.946 is 94.6%.
    pub fn pct(self, rate: f64, decimals: usize) -> String {
        let number = self.num(rate * 100.0, decimals);
        match self {
            Lang::Fi => format!("{number}{NO_BREAK}%"),
            _ => format!("{number}%"),
        }
    }

    /// A number of points with its sign: a difference of two percentages.
    pub fn signed_points(self, difference: f64) -> String {
        let number = self.num(difference * 100.0, 1);
        if number.starts_with(MINUS) || number.bytes().all(|byte| b"0.,".contains(&byte)) {
            number
        } else {
            format!("+{number}")
        }
    }

    /// Money to the last minor unit.
    pub fn money_exact(self, money: Money) -> String {
        self.money_digits(money, money.currency.minor_digits() as usize)
    }

    /// Money in whole units.
    pub fn money_whole(self, money: Money) -> String {
        self.money_digits(money, 0)
    }

    /// Money as people say it: to the minor unit below a thousand, in whole units from there on.
    pub fn money(self, money: Money) -> String {
        if money.decimal().abs() < 1_000.0 { self.money_exact(money) } else { self.money_whole(money) }
    }

    /// Short money for tight places: €269k, 269 t€, €26.9萬, €26.9万.
    pub fn money_short(self, money: Money) -> String {
        let amount = money.decimal();
        let steps: &[(f64, &str)] = match self {
            Lang::En => &[(1e9, "B"), (1e6, "M"), (1e3, "k")],
            Lang::Fi => &[(1e9, "mrd. "), (1e6, "milj. "), (1e3, "t")],
            Lang::ZhHant => &[(1e8, "億"), (1e4, "萬")],
            Lang::ZhHans => &[(1e8, "亿"), (1e4, "万")],
        };
        let Some((size, unit)) = steps.iter().find(|step| amount.abs() >= step.0) else {
            return self.money_whole(money);
        };
        let scaled = amount / size;
        let whole = matches!(self, Lang::En | Lang::Fi) && scaled.abs() >= 10.0 && *size < 1e6;
        let number = self.num(scaled, if whole { 0 } else { 1 });
        let (symbol, _) = self.symbol(&money.currency);
        match self {
            Lang::Fi => format!("{number}{NO_BREAK}{}{symbol}", unit.replace(' ', "\u{a0}")),
            _ => self.prefixed(&money.currency, &format!("{number}{unit}")),
        }
    }

    fn money_digits(self, money: Money, digits: usize) -> String {
        // From the integer itself, so that no amount is rounded on the way to the screen.
        let exact = digits == money.currency.minor_digits() as usize;
        let size = money.minor.unsigned_abs();
        let number = match (exact, 10u64.checked_pow(digits as u32)) {
            (true, Some(1)) => self.grouped(&size.to_string(), money.minor < 0),
            (true, Some(scale)) => {
                self.grouped(&format!("{}.{:0digits$}", size / scale, size % scale), money.minor < 0)
            }
            _ => self.num(money.decimal(), digits),
        };
        match self {
            Lang::Fi => format!("{number}{NO_BREAK}{}", self.symbol(&money.currency).0),
            _ => self.prefixed(&money.currency, &number),
        }
    }

    /// The symbol before the number, and the minus before the symbol.
    fn prefixed(self, currency: &Currency, number: &str) -> String {
        let (symbol, apart) = self.symbol(currency);
        let gap = if apart { "\u{a0}" } else { "" };
        match number.strip_prefix(MINUS) {
            Some(rest) => format!("{MINUS}{symbol}{gap}{rest}"),
            None => format!("{symbol}{gap}{number}"),
        }
    }

    /// The sign of a currency, and whether a gap stands between it and the number. Where a sign would be read as
    /// another currency (kr, $ of Taiwan, ¥ of the other country) the longer form of CLDR is taken.
    fn symbol(self, currency: &Currency) -> (String, bool) {
        let chinese = matches!(self, Lang::ZhHant | Lang::ZhHans);
        let sign = match currency.code() {
            "EUR" => "€",
            "GBP" => "£",
            "USD" if chinese => "US$",
            "USD" => "$",
            "JPY" if chinese => "JP¥",
            "JPY" => "¥",
            "CNY" if self == Lang::ZhHans => "¥",
            "CNY" => "CN¥",
            "TWD" => "NT$",
            "HKD" => "HK$",
            "AUD" => "A$",
            "CAD" => "CA$",
            "INR" => "₹",
            "KRW" => "₩",
            "BRL" => "R$",
            other => return (other.to_owned(), true),
        };
        (sign.to_owned(), false)
    }

    /// Groups of three, with the separators of the language; `digits` is plain: `1234.5`.
    fn grouped(self, digits: &str, negative: bool) -> String {
        let (separator, point) = if self == Lang::Fi { (NO_BREAK, ',') } else { (',', '.') };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut out = String::with_capacity(digits.len() + 8);
        if negative {
            out.push(MINUS);
        }
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                out.push(separator);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(point);
            out.push_str(fraction);
        }
        out
    }

    /// A day.
    pub fn date(self, date: Date) -> String {
        let (year, month, day) = date.civil();
        match self {
            Lang::En => format!("{day} {} {year}", month_name(month)),
            Lang::Fi => format!("{day}.{month}.{year}"),
            Lang::ZhHant | Lang::ZhHans => format!("{year}/{month}/{day}"),
        }
    }

    /// A day without its year.
    pub fn day(self, date: Date) -> String {
        let (_, month, day) = date.civil();
        match self {
            Lang::En => format!("{day} {}", month_name(month)),
            Lang::Fi => format!("{day}.{month}."),
            Lang::ZhHant | Lang::ZhHans => format!("{month}/{day}"),
        }
    }

    /// A month without its year, for an axis.
    pub fn month_short(self, date: Date) -> String {
        let (_, month, _) = date.civil();
        match self {
            Lang::En => month_name(month).to_owned(),
            Lang::Fi => MONTHS_FI.get(month.saturating_sub(1) as usize).copied().unwrap_or_default().to_owned(),
            Lang::ZhHant | Lang::ZhHans => format!("{month}月"),
        }
    }

    /// A month in as few characters as people still read as one: under narrow bars.
    pub fn month_narrow(self, date: Date) -> String {
        match self {
            Lang::Fi => date.civil().1.to_string(),
            _ => self.month_short(date),
        }
    }

    /// A month with its year.
    pub fn month(self, date: Date) -> String {
        let (year, month, _) = date.civil();
        match self {
            Lang::En => format!("{} {year}", month_name(month)),
            Lang::Fi => format!("{month}/{year}"),
            Lang::ZhHant | Lang::ZhHans => format!("{year}年{month}月"),
        }
    }

    /// A run of days, by the name of its calendar step where it is one, otherwise from its first to its last day.
    pub fn period(self, period: Period) -> String {
        let (year, month, _) = period.start.civil();
        let chinese = matches!(self, Lang::ZhHant | Lang::ZhHans);
        match period.grain() {
            Some(Grain::Month) => self.month(period.start),
            Some(Grain::Quarter) if chinese => format!("{year}年第{}季", month.div_ceil(3)),
            Some(Grain::Quarter) if self == Lang::Fi => format!("Q{}/{year}", month.div_ceil(3)),
            Some(Grain::Quarter) => format!("Q{} {year}", month.div_ceil(3)),
            Some(_) if chinese => format!("{year}年"),
            Some(_) => year.to_string(),
            None => self.days(period),
        }
    }

    fn days(self, period: Period) -> String {
        let (first, last) = (self.date(period.start), self.date(period.end.plus(-1)));
        match (period.days(), self) {
            (1, _) => first,
            (7, _) => self.f("period.week", &[("date", &first)]),
            (_, Lang::En) => format!("{first} – {last}"),
            _ => format!("{first}–{last}"),
        }
    }

    /// A time of day on a date.
    pub fn moment(self, moment: Moment) -> String {
        let (hour, minute) = (moment.minute / 60, moment.minute % 60);
        let date = self.date(moment.date);
        match self {
            Lang::En => format!("{date}, {hour:02}:{minute:02}"),
            Lang::Fi => format!("{date} klo {hour}.{minute:02}"),
            Lang::ZhHant | Lang::ZhHans => format!("{date} {hour:02}:{minute:02}"),
        }
    }

    /// A value of a view model. An unknown rate is a dash, never a zero.
    pub fn value(self, value: &Value) -> String {
        match value {
            Value::Share(share) => share.rate().map_or_else(|| "–".to_owned(), |rate| self.pct(rate, 1)),
            // A rate without counts is a choice of the page (the top 20 %) or a relative change: whole where it is whole.
            Value::Rate(rate) => self.pct(*rate, usize::from((rate * 100.0).fract().abs() > 1e-9)),
            Value::Change(rate) => self.pct(*rate, 1),
            Value::Points(points) => self.num(points * 100.0, 1),
            Value::Count(n) => self.count(*n),
            Value::Money(money) => self.money(*money),
            Value::Days(days) => self.n("unit.days", u64::from(*days), &[]),
            Value::Number(number) => self.num(*number, if number.fract() == 0.0 { 0 } else { 1 }),
            Value::Period(period) => self.period(*period),
            Value::Date(date) => self.date(*date),
            Value::Text(text) => text.clone(),
            Value::Word(key) => self.t(key),
        }
    }
}

fn month_name(month: u32) -> &'static str {
    MONTHS.get(month.saturating_sub(1) as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money { minor, currency: code.parse().unwrap() }
    }

    /// `expected` in English, Finnish, traditional and simplified Chinese; `_` stands for a no-break space.
    fn check(write: impl Fn(Lang) -> String, expected: [&str; 4]) {
        assert_eq!(Lang::ALL.map(write), expected.map(|text| text.replace('_', "\u{a0}")));
    }

    #[test]
    fn the_table_of_the_design() {
        let date: Date = "2026-09-24".parse().unwrap();
        check(|l| l.num(1234.5, 1), ["1,234.5", "1_234,5", "1,234.5", "1,234.5"]);
        check(|l| l.pct(0.946, 1), ["94.6%", "94,6_%", "94.6%", "94.6%"]);
        check(|l| l.money(money(19_274_000, "EUR")), ["€192,740", "192_740_€", "€192,740", "€192,740"]);
        check(|l| l.money_short(money(26_900_000, "EUR")), ["€269k", "269_t€", "€26.9萬", "€26.9万"]);
        check(|l| l.date(date), ["24 Sep 2026", "24.9.2026", "2026/9/24", "2026/9/24"]);
        check(|l| l.month_short(date), ["Sep", "syys", "9月", "9月"]);
        check(|l| l.month_narrow(date), ["Sep", "9", "9月", "9月"]);
        check(|l| l.month(date), ["Sep 2026", "9/2026", "2026年9月", "2026年9月"]);
        check(|l| l.num(-3.0, 0), ["−3", "−3", "−3", "−3"]);
    }

    #[test]
    fn numbers_at_their_edges() {
        check(|l| l.num(-0.04, 1), ["0.0", "0,0", "0.0", "0.0"]);
        check(|l| l.num(999.96, 1), ["1,000.0", "1_000,0", "1,000.0", "1,000.0"]);
        check(|l| l.count(0), ["0"; 4]);
        check(|l| l.count(1_234_567), ["1,234,567", "1_234_567", "1,234,567", "1,234,567"]);
        check(|l| l.signed_points(0.0004), ["0.0", "0,0", "0.0", "0.0"]);
        check(|l| l.signed_points(0.031), ["+3.1", "+3,1", "+3.1", "+3.1"]);
        check(|l| l.signed_points(-0.031), ["−3.1", "−3,1", "−3.1", "−3.1"]);
    }

    #[test]
    fn money_of_any_currency() {
        check(|l| l.money(money(43_727, "GBP")), ["£437.27", "437,27_£", "£437.27", "£437.27"]);
        check(|l| l.money(money(-5, "EUR")), ["−€0.05", "−0,05_€", "−€0.05", "−€0.05"]);
        check(|l| l.money(money(980, "JPY")), ["¥980", "980_¥", "JP¥980", "JP¥980"]);
        check(|l| l.money(money(98_000, "CNY")), ["CN¥980.00", "980,00_CN¥", "CN¥980.00", "¥980.00"]);
        check(|l| l.money(money(150_000, "SEK")), ["SEK_1,500", "1_500_SEK", "SEK_1,500", "SEK_1,500"]);
        check(|l| l.money(money(1_234, "KWD")), ["KWD_1.234", "1,234_KWD", "KWD_1.234", "KWD_1.234"]);
        check(
            |l| l.money_exact(money(i64::MAX, "EUR")),
            [
                "€92,233,720,368,547,758.07",
                "92_233_720_368_547_758,07_€",
                "€92,233,720,368,547,758.07",
                "€92,233,720,368,547,758.07",
            ],
        );
        check(
            |l| l.money(money(-9_007_199_254_740_993, "JPY")),
            [
                "−¥9,007,199,254,740,993",
                "−9_007_199_254_740_993_¥",
                "−JP¥9,007,199,254,740,993",
                "−JP¥9,007,199,254,740,993",
            ],
        );
    }

    #[test]
    fn short_money_at_its_steps() {
        check(|l| l.money_short(money(99_900, "GBP")), ["£999", "999_£", "£999", "£999"]);
        check(|l| l.money_short(money(250_000, "GBP")), ["£2.5k", "2,5_t£", "£2,500", "£2,500"]);
        check(|l| l.money_short(money(891_140_790, "GBP")), ["£8.9M", "8,9_milj._£", "£891.1萬", "£891.1万"]);
        check(|l| l.money_short(money(-26_900_000, "EUR")), ["−€269k", "−269_t€", "−€26.9萬", "−€26.9万"]);
    }

    #[test]
    fn runs_of_days() {
        let period = |text: &str| text.parse::<Period>().unwrap();
        check(|l| l.period(period("2011-Q4")), ["Q4 2011", "Q4/2011", "2011年第4季", "2011年第4季"]);
        check(|l| l.period(period("2011")), ["2011", "2011", "2011年", "2011年"]);
        check(|l| l.period(period("2011-11-05..2011-11-06")), ["5 Nov 2011", "5.11.2011", "2011/11/5", "2011/11/5"]);
        check(
            |l| l.period(period("2011-10-05..2011-11-06")),
            ["5 Oct 2011 – 5 Nov 2011", "5.10.2011–5.11.2011", "2011/10/5–2011/11/5", "2011/10/5–2011/11/5"],
        );
    }

    #[test]
    fn a_time_of_day() {
        let moment = Moment { date: "2011-12-09".parse().unwrap(), minute: 770 };
        check(|l| l.moment(moment), ["9 Dec 2011, 12:50", "9.12.2011 klo 12.50", "2011/12/9 12:50", "2011/12/9 12:50"]);
        check(|l| l.day(moment.date), ["9 Dec", "9.12.", "12/9", "12/9"]);
    }
}
