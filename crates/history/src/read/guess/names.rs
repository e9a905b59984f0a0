//! What people call the columns we look for: shops, programs and languages.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a column may be to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Customer,
    Email,
    At,
    Order,
    Amount,
    Quantity,
    UnitPrice,
    UnitCost,
    Product,
    ProductName,
    Category,
    Country,
    Currency,
    Discount,
    Tax,
    Shipping,
    Coupon,
    Channel,
    Status,
    EventName,
    EventId,
    Session,
    Anonymous,
    Subscription,
    Plan,
    Start,
    End,
    TrialEnd,
    Paused,
    Mrr,
    Arr,
    Interval,
    Invoice,
    Due,
    Paid,
    Attempts,
    Ticket,
    FirstReply,
    Resolved,
    Topic,
    Priority,
    Satisfaction,
    Score,
    Survey,
    Answer,
    Reason,
    CostKind,
    Name,
    FirstName,
    LastName,
    Phone,
    City,
    Language,
    TimeZone,
    Birthday,
    SignedUp,
    Refund,
}

/// The names of every role, read once from `names.txt`.
fn known() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static KNOWN: OnceLock<HashMap<&str, Vec<&str>>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut role = "";
        for line in include_str!("names.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_suffix(':').filter(|name| !name.starts_with(' ')) {
                Some(name) => role = name,
                None => known
                    .entry(role)
                    .or_default()
                    .extend(line.split(',').map(str::trim).filter(|name| !name.is_empty())),
            }
        }
        known
    })
}

impl Role {
    /// Every one.
    pub const ALL: [Role; 57] = [
        Role::Customer,
        Role::Email,
        Role::At,
        Role::Order,
        Role::Amount,
        Role::Quantity,
        Role::UnitPrice,
        Role::UnitCost,
        Role::Product,
        Role::ProductName,
        Role::Category,
        Role::Country,
        Role::Currency,
        Role::Discount,
        Role::Tax,
        Role::Shipping,
        Role::Coupon,
        Role::Channel,
        Role::Status,
        Role::EventName,
        Role::EventId,
        Role::Session,
        Role::Anonymous,
        Role::Subscription,
        Role::Plan,
        Role::Start,
        Role::End,
        Role::TrialEnd,
        Role::Paused,
        Role::Mrr,
        Role::Arr,
        Role::Interval,
        Role::Invoice,
        Role::Due,
        Role::Paid,
        Role::Attempts,
        Role::Ticket,
        Role::FirstReply,
        Role::Resolved,
        Role::Topic,
        Role::Priority,
        Role::Satisfaction,
        Role::Score,
        Role::Survey,
        Role::Answer,
        Role::Reason,
        Role::CostKind,
        Role::Name,
        Role::FirstName,
        Role::LastName,
        Role::Phone,
        Role::City,
        Role::Language,
        Role::TimeZone,
        Role::Birthday,
        Role::SignedUp,
        Role::Refund,
    ];

    /// Its name in `names.txt`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Email => "email",
            Role::At => "at",
            Role::Order => "order",
            Role::Amount => "amount",
            Role::Quantity => "quantity",
            Role::UnitPrice => "unit_price",
            Role::UnitCost => "unit_cost",
            Role::Product => "product",
            Role::ProductName => "product_name",
            Role::Category => "category",
            Role::Country => "country",
            Role::Currency => "currency",
            Role::Discount => "discount",
            Role::Tax => "tax",
            Role::Shipping => "shipping",
            Role::Coupon => "coupon",
            Role::Channel => "channel",
            Role::Status => "status",
            Role::EventName => "event_name",
            Role::EventId => "event_id",
            Role::Session => "session",
            Role::Anonymous => "anonymous",
            Role::Subscription => "subscription",
            Role::Plan => "plan",
            Role::Start => "start",
            Role::End => "end",
            Role::TrialEnd => "trial_end",
            Role::Paused => "paused",
            Role::Mrr => "mrr",
            Role::Arr => "arr",
            Role::Interval => "interval",
            Role::Invoice => "invoice",
            Role::Due => "due",
            Role::Paid => "paid",
            Role::Attempts => "attempts",
            Role::Ticket => "ticket",
            Role::FirstReply => "first_reply",
            Role::Resolved => "resolved",
            Role::Topic => "topic",
            Role::Priority => "priority",
            Role::Satisfaction => "satisfaction",
            Role::Score => "score",
            Role::Survey => "survey",
            Role::Answer => "answer",
            Role::Reason => "reason",
            Role::CostKind => "cost_kind",
            Role::Name => "name",
            Role::FirstName => "first_name",
            Role::LastName => "last_name",
            Role::Phone => "phone",
            Role::City => "city",
            Role::Language => "language",
            Role::TimeZone => "time_zone",
            Role::Birthday => "birthday",
            Role::SignedUp => "signed_up",
            Role::Refund => "refund",
        }
    }
}

/// Names of a role, the surest first.
fn synonyms(role: &str) -> &'static [&'static str] {
    known().get(role).map_or(&[], Vec::as_slice)
}

/// Words of a name: lower case, without accents, cut at capitals, signs and underscores, joined by one space.
pub fn words_of(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let folded = fold(c);
        let capital_starts = c.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit()
                || (before.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase())));
        let gap = !c.is_alphanumeric() || capital_starts;
        if gap && !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
        if c.is_alphanumeric() {
            out.push_str(&folded);
        }
        before = c;
    }
    out.trim_end().to_owned()
}

/// A letter without its accent, in lower case.
pub fn fold(c: char) -> String {
    let lower: String = c.to_lowercase().collect();
    let plain = match lower.as_str() {
        "à" | "á" | "â" | "ã" | "ä" | "å" | "ą" => "a",
        "ç" | "ć" | "č" => "c",
        "è" | "é" | "ê" | "ë" | "ę" | "ě" => "e",
        "ì" | "í" | "î" | "ï" | "ı" => "i",
        "ñ" | "ń" => "n",
        "ò" | "ó" | "ô" | "õ" | "ö" | "ø" => "o",
        "ş" | "ś" | "š" => "s",
        "ß" => "ss",
        "ù" | "ú" | "û" | "ü" | "ů" => "u",
        "ý" | "ÿ" => "y",
        "ż" | "ź" | "ž" => "z",
        "ł" => "l",
        "ğ" => "g",
        "ř" => "r",
        _ => return lower,
    };
    plain.to_owned()
}

/// How well a name fits a role: 1 for the surest name, less for others, 0 for none.
pub fn fit(role: Role, words: &str) -> f64 {
    let (known, weak_names) = (synonyms(role.name()), synonyms("weak"));
    let joined: String = words.replace(' ', "");
    let rank = |at: usize| 1.0 - 0.3 * at as f64 / known.len() as f64;
    if role == Role::Score && asks_to_recommend(words) {
        return 1.0;
    }
    let bare = without_qualifiers(words);
    if bare.len() < words.len()
        && let Some(at) = known.iter().position(|name| *name == bare)
    {
        return rank(at) * 0.97;
    }
    if let Some(at) = known.iter().position(|name| *name == words || name.replace(' ', "") == joined) {
        return rank(at);
    }
    // Inside a longer name (`shop_order_id`, `customer.email`): whole words only, the longest wins.
    let padded = format!(" {words} ");
    let inside = known.iter().enumerate().filter(|(_, name)| {
        if name.is_ascii() { padded.contains(&format!(" {name} ")) } else { words.contains(*name) }
    });
    let best = inside.map(|(at, name)| {
        let share = name.len() as f64 / words.len() as f64;
        let at_the_end = if words.ends_with(name) { 0.1 } else { 0.0 };
        let weak = if weak_names.contains(name) { 0.5 } else { 1.0 };
        rank(at) * (0.35 + 0.35 * share + at_the_end) * weak
    });
    best.fold(0.0, f64::max)
}

/// Whether a column is the question of the Net Promoter Score: how likely somebody is to recommend us.
pub fn asks_to_recommend(words: &str) -> bool {
    // By language: how words for recommending begin, and one for how likely it is.
    const ASKED: [(&str, &[&str]); 13] = [
        ("recommend", &["likel", "scale", "probab", "would you"]),
        ("empfehl", &["wahrscheinlich"]),
        ("empfehl", &["skala", "wurden sie"]),
        ("recommand", &["probab", "mesure", "susceptible", "echelle", "recommanderiez"]),
        ("recomend", &["probab", "escala", "recomendaria"]),
        ("recomiend", &["probab", "escala"]),
        ("raccomand", &["probab", "scala"]),
        ("consigli", &["probab", "scala"]),
        ("suosittel", &["todennako", "asteikolla"]),
        ("rekommend", &["sannolik", "skala"]),
        ("aanbevel", &["waarschijnlijk", "schaal"]),
        ("推荐", &["可能", "愿意"]),
        ("推薦", &["可能", "願意"]),
    ];
    // Why somebody would recommend is answered in words.
    const WHY: [&str; 10] =
        ["why", "warum", "wieso", "pourquoi", "por que", "perche", "miksi", "varfor", "waarom", "为什么"];
    if WHY.iter().any(|why| words.starts_with(why)) {
        return false;
    }
    words.split(' ').any(|word| word == "nps")
        || ASKED.iter().any(|(verb, how)| words.contains(verb) && how.iter().any(|how| words.contains(how)))
}

/// `order total inc tax`, `total eur`: what stands behind a name and says how, not what.
fn without_qualifiers(words: &str) -> &str {
    const SAID_BEHIND: [&str; 26] = [
        "inc",
        "incl",
        "including",
        "ex",
        "excl",
        "excluding",
        "tax",
        "vat",
        "base",
        "purchased",
        "gross",
        "in",
        "cents",
        "usd",
        "eur",
        "gbp",
        "cad",
        "aud",
        "chf",
        "sek",
        "nok",
        "dkk",
        "pln",
        "jpy",
        "cny",
        "inr",
    ];
    let mut bare = words;
    while let Some((before, _)) = bare.rsplit_once(' ').filter(|(_, last)| SAID_BEHIND.contains(last)) {
        bare = before;
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, words) in [
            ("CustomerID", "customer id"),
            ("InvoiceNo", "invoice no"),
            ("customer_id", "customer id"),
            ("Lineitem sku", "lineitem sku"),
            ("Bestell-Nr.", "bestell nr"),
            ("Größe (cm)", "grosse cm"),
            ("customer.emailAddress", "customer email address"),
            ("订单编号", "订单编号"),
            ("MRR", "mrr"),
            ("createdAt", "created at"),
        ] {
            assert_eq!(words_of(name), words);
        }
    }

    #[test]
    fn names_fit_roles() {
        for (name, role) in [
            ("CustomerID", Role::Customer),
            ("household_id", Role::Customer),
            ("basket_id", Role::Order),
            ("transaction_timestamp", Role::At),
            ("sales_value", Role::Amount),
            ("Bestelldatum", Role::At),
            ("Gesamtbetrag (EUR)", Role::Amount),
            ("实付金额", Role::Amount),
            ("shop_order_id", Role::Order),
            ("Kundennummer", Role::Customer),
        ] {
            assert!(fit(role, &words_of(name)) > 0.5, "{name}");
        }
        assert_eq!(fit(Role::Order, "colour"), 0.0);
    }

    #[test]
    fn the_question_to_recommend_is_known_in_many_languages() {
        for name in [
            "On a scale of 0-10, how likely are you to recommend us?",
            "How likely is it that you would recommend us to a friend or colleague?",
            "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen? (0-10)",
            "Quelle est la probabilité que vous nous recommandiez à un ami ?",
            "¿Qué probabilidad hay de que nos recomiende a un amigo?",
            "Kuinka todennäköisesti suosittelisit meitä ystävällesi?",
            "您有多大可能向朋友推荐我们？",
            "NPS",
        ] {
            assert!(fit(Role::Score, &words_of(name)) > 0.9, "{name}");
        }
        for name in ["Recommended by", "Why would you recommend this", "recommended product", "snapshot"] {
            assert!(fit(Role::Score, &words_of(name)) < 0.9, "{name}");
        }
    }
}
