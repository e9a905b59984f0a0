//! Changing settings: every value is checked by itself, and either all of them are kept or none.

use metrics::Activity;
use reports::pages::settings::LANGUAGES;
use store::Settings;
use terms::WeekStart;

use crate::definitions::{customer, view_of, with_customer};
use crate::{App, Config, Problem};

/// What can be set, by its name on every surface.
pub const SETTINGS: [&str; 6] = ["name", "zone", "currency", "week_start", "language", "customer"];

/// Characters of a name.
const NAME_CHARS_MAX: usize = 80;
/// Characters of the name of an event.
const EVENT_CHARS_MAX: usize = 200;
/// Days of a window: ten years.
pub(crate) const WINDOW_DAYS_MAX: u32 = 3_653;
/// What stands for the rule that follows from the facts.
pub(crate) const AUTO: &str = "auto";

/// Currencies in use, by ISO 4217.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD \
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR \
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY \
    TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

/// A value that cannot be kept.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Which setting.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// The settings `regulars.toml` decides.
pub(crate) fn fixed_by(config: &Config) -> Vec<&'static str> {
    let all = [
        ("name", config.name.is_some()),
        ("zone", config.zone.is_some()),
        ("currency", config.currency.is_some()),
        ("week_start", config.week_start.is_some()),
    ];
    all.into_iter().filter(|(_, fixed)| *fixed).map(|(name, _)| name).collect()
}

/// Every currency somebody can choose.
pub(crate) fn currencies() -> impl Iterator<Item = &'static str> {
    CURRENCIES.split_whitespace()
}

/// Every zone somebody can choose, by the places people know: names for machines are left out.
pub(crate) fn zones() -> Vec<String> {
    let place = |name: &String| name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("posix");
    let mut zones: Vec<String> =
        jiff::tz::db().available().map(|name| name.as_str().to_owned()).filter(place).collect();
    zones.push("UTC".to_owned());
    zones.sort();
    zones.dedup();
    zones
}

/// The value of a setting, as it is written.
pub(crate) fn value_of(settings: &Settings, name: &str) -> Option<String> {
    Some(match name {
        "name" => settings.name.clone(),
        "zone" => settings.zone.clone(),
        "currency" => settings.currency.clone().unwrap_or_default(),
        "week_start" => week_word(settings.week_start).to_owned(),
        "language" => settings.language.clone(),
        "customer" => customer(settings).map_or_else(|| AUTO.to_owned(), |activity| activity.to_string()),
        _ => return None,
    })
}

/// The word of a week's first day.
fn week_word(start: WeekStart) -> &'static str {
    match start {
        WeekStart::Monday => "monday",
        WeekStart::Sunday => "sunday",
        WeekStart::Saturday => "saturday",
    }
}

impl App {
    /// Every setting with its value and whether `regulars.toml` decides it.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn listed_settings(&self) -> Result<Vec<(&'static str, String, bool)>, Problem> {
        let settings = self.settings().await?;
        let fixed = |name: &str| self.fixed().contains(&name);
        Ok(SETTINGS.into_iter().filter_map(|name| Some((name, value_of(&settings, name)?, fixed(name)))).collect())
    }

    /// Changes settings. What comes back is what cannot be kept: nothing was changed then.
    ///
    /// # Errors
    ///
    /// When the state cannot be read or written.
    pub async fn change_settings(&self, changes: &[(String, String)]) -> Result<Vec<Refused>, Problem> {
        let before = self.settings().await?;
        let mut settings = before.clone();
        let mut refused = Vec::new();
        for (name, value) in changes {
            let value = value.trim();
            if value_of(&before, name).as_deref() == Some(value) {
                continue;
            }
            if let Err(problem) = self.change(&mut settings, name, value).await? {
                refused.push(Refused { field: name.clone(), problem });
            }
        }
        if refused.is_empty() && settings != before {
            self.save_settings(&settings).await?;
        }
        Ok(refused)
    }

    async fn change(&self, settings: &mut Settings, name: &str, value: &str) -> Result<Result<(), Problem>, Problem> {
        if self.fixed().contains(&name) {
            let message = format!("regulars.toml in the folder decides {name}");
            return Ok(Err(Problem::invalid("fixed_setting", message, "change it there, and start again")));
        }
        if name != "customer" {
            return Ok(set(settings, name, value));
        }
        Ok(match rule_of(value) {
            Err(problem) => Err(problem),
            Ok(rule) => match self.refuse_rule(rule.as_ref()).await? {
                Some(problem) => Err(problem),
                None => {
                    settings.definitions = with_customer(&settings.definitions, rule.as_ref());
                    Ok(())
                }
            },
        })
    }

    /// What speaks against a definition: nothing of what it counts by is there. Before anything is imported, nothing does.
    pub(crate) async fn refuse_rule(&self, rule: Option<&Activity>) -> Result<Option<Problem>, Problem> {
        let snapshot = self.snapshot().await?;
        let Some(rule) = rule.filter(|_| snapshot.watermark().is_some()) else { return Ok(None) };
        if !snapshot.has(view_of(rule)) {
            let message = format!("there are no {} to count customers by", view_of(rule).replace('_', " "));
            return Ok(Some(Problem::invalid("no_facts", message, "import them first, or choose another rule")));
        }
        if self.has_facts(&snapshot, rule).await? {
            return Ok(None);
        }
        let hint = "choose one of the events there are; names are told apart by capitals";
        Ok(Some(Problem::invalid("unknown_event", "there is no event of this name", hint)))
    }
}

/// The rule a text names; nothing for the one that follows from the facts.
pub(crate) fn rule_of(text: &str) -> Result<Option<Activity>, Problem> {
    if text == AUTO {
        return Ok(None);
    }
    let unknown = || {
        let hint = "use auto, contract, purchase, purchase:DAYS, event, event:DAYS or event:DAYS:NAME";
        Problem::invalid("unknown_rule", format!("'{text}' does not say who is a customer"), hint)
    };
    let rule: Activity = text.parse().map_err(|_| unknown())?;
    let (days, name) = match &rule {
        Activity::Contract => (None, None),
        Activity::Purchase { window_days } => (*window_days, None),
        Activity::Event { window_days, name } => (*window_days, name.as_deref()),
    };
    if days.is_some_and(|days| !(1..=WINDOW_DAYS_MAX).contains(&days)) {
        let message = format!("a window has 1 to {WINDOW_DAYS_MAX} days");
        return Err(Problem::invalid("window_out_of_bounds", message, "leave it out to find it from the data"));
    }
    if name.is_some_and(|name| name.trim().is_empty() || name.chars().count() > EVENT_CHARS_MAX) {
        return Err(unknown());
    }
    Ok(Some(rule))
}

/// Sets one value that is checked by looking at it alone.
fn set(settings: &mut Settings, name: &str, value: &str) -> Result<(), Problem> {
    match name {
        "name" if value.chars().count() > NAME_CHARS_MAX || value.contains('\0') => {
            let message = format!("a name has at most {NAME_CHARS_MAX} characters");
            return Err(Problem::invalid("name_too_long", message, "shorten it"));
        }
        "name" => value.clone_into(&mut settings.name),
        "zone" => match value.parse::<terms::Zone>() {
            Ok(zone) => zone.name().clone_into(&mut settings.zone),
            Err(_) => {
                let hint = "choose one from the list, as in Europe/Helsinki";
                return Err(Problem::invalid("unknown_zone", format!("'{value}' is no time zone"), hint));
            }
        },
        "currency" => {
            let code = value.to_ascii_uppercase();
            if !currencies().any(|known| known == code) {
                let hint = "use its three letters, as in EUR";
                return Err(Problem::invalid("unknown_currency", format!("'{value}' is no currency"), hint));
            }
            settings.currency = Some(code);
        }
        "week_start" => {
            let days = [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday];
            let Some(start) = days.into_iter().find(|start| week_word(*start) == value) else {
                let message = format!("a week does not begin on '{value}' here");
                return Err(Problem::invalid("unknown_week_start", message, "use monday, sunday or saturday"));
            };
            settings.week_start = start;
        }
        "language" => {
            if !LANGUAGES.contains(&value) {
                let hint = format!("use one of: {}", LANGUAGES.join(", "));
                return Err(Problem::invalid("unknown_language", format!("'{value}' is no language of ours"), hint));
            }
            value.clone_into(&mut settings.language);
        }
        _ => {
            let hint = format!("use one of: {}", SETTINGS.join(", "));
            return Err(Problem::invalid("unknown_setting", format!("there is no setting '{name}'"), hint));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_checked_by_itself() {
        for (name, value, code) in [
            ("name", "x".repeat(81).as_str(), "name_too_long"),
            ("name", "a\0b", "name_too_long"),
            ("zone", "Mars/Olympus", "unknown_zone"),
            ("zone", "", "unknown_zone"),
            ("currency", "", "unknown_currency"),
            ("currency", "EURO", "unknown_currency"),
            ("currency", "QQQ", "unknown_currency"),
            ("week_start", "Monday", "unknown_week_start"),
            ("language", "sv", "unknown_language"),
            ("colour", "red", "unknown_setting"),
        ] {
            let mut settings = Settings::default();
            assert_eq!(set(&mut settings, name, value).unwrap_err().code, code, "{name} {value}");
            assert_eq!(settings, Settings::default(), "{name} {value}");
        }
        let mut settings = Settings::default();
        for (name, value, kept) in [
            ("name", "Töölön 茶行", "Töölön 茶行"),
            ("zone", "Asia/Taipei", "Asia/Taipei"),
            ("currency", "twd", "TWD"),
            ("week_start", "sunday", "sunday"),
            ("language", "zh-Hant", "zh-Hant"),
        ] {
            set(&mut settings, name, value).unwrap();
            assert_eq!(value_of(&settings, name).as_deref(), Some(kept));
        }
    }

    #[test]
    fn a_rule_is_read_within_bounds() {
        assert_eq!(rule_of("auto").unwrap(), None);
        for text in ["contract", "purchase", "purchase:1", "purchase:3653", "event", "event:7", "event::a:b"] {
            assert_eq!(rule_of(text).unwrap().unwrap().to_string(), text);
        }
        for (text, code) in [
            ("", "unknown_rule"),
            ("contract:3", "unknown_rule"),
            ("purchase:x", "unknown_rule"),
            ("purchase:-1", "unknown_rule"),
            ("event::", "unknown_rule"),
            ("purchase:0", "window_out_of_bounds"),
            ("event:3654:login", "window_out_of_bounds"),
        ] {
            assert_eq!(rule_of(text).unwrap_err().code, code, "{text}");
        }
        assert_eq!(rule_of(&format!("event::{}", "x".repeat(201))).unwrap_err().code, "unknown_rule");
    }

    #[test]
    fn zones_and_currencies_to_choose_from_can_be_chosen() {
        let zones = zones();
        assert!(zones.len() > 400 && zones.iter().any(|zone| zone == "Europe/Helsinki"), "{}", zones.len());
        assert!(zones.iter().all(|zone| zone.parse::<terms::Zone>().is_ok()));
        assert_eq!(currencies().count(), 155);
        assert!(currencies().all(|code| code.parse::<terms::Currency>().is_ok()));
    }
}
