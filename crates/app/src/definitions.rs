//! The workspace's own definitions: who is a customer when a question does not say so itself.

use history::Snapshot;
use metrics::{Activity, Scope, first_known_day};
use serde_json::{Map, Value};
use store::Settings;

use crate::{App, Problem};

/// The key of the definition among the workspace's definitions; its value is written as in an address.
const CUSTOMER: &str = "customer";

/// Who decided the rule of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleFrom {
    /// The question.
    Asked,
    /// The settings of the workspace.
    Workspace,
    /// The facts there are.
    Data,
}

impl RuleFrom {
    /// Its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            RuleFrom::Asked => "asked",
            RuleFrom::Workspace => "workspace",
            RuleFrom::Data => "data",
        }
    }
}

/// Who is a customer, as somebody chose; nothing when nobody did.
pub(crate) fn customer(settings: &Settings) -> Option<Activity> {
    object(&settings.definitions).get(CUSTOMER)?.as_str()?.parse().ok()
}

/// The definitions with another one of who is a customer. What else stands there stays.
pub(crate) fn with_customer(definitions: &str, activity: Option<&Activity>) -> String {
    let mut all = object(definitions);
    match activity {
        Some(activity) => all.insert(CUSTOMER.to_owned(), Value::String(activity.to_string())),
        None => all.remove(CUSTOMER),
    };
    Value::Object(all).to_string()
}

fn object(definitions: &str) -> Map<String, Value> {
    serde_json::from_str(definitions).unwrap_or_default()
}

/// The view a rule reads.
pub(crate) fn view_of(activity: &Activity) -> &'static str {
    match activity {
        Activity::Contract => "subscription_changes",
        Activity::Purchase { .. } => "orders",
        Activity::Event { .. } => "events",
    }
}

impl App {
    /// The chosen definition as far as there are facts for it. Without facts it would say that there are no customers,
    /// which nobody knows: until some come, the facts there are decide, as if nobody had chosen.
    pub(crate) async fn chosen_rule(&self, snapshot: &Snapshot) -> Result<Option<Activity>, Problem> {
        let Some(chosen) = customer(&self.settings().await?) else { return Ok(None) };
        Ok(self.has_facts(snapshot, &chosen).await?.then_some(chosen))
    }

    /// Whether there is any fact of a rule.
    pub(crate) async fn has_facts(&self, snapshot: &Snapshot, activity: &Activity) -> Result<bool, Problem> {
        if !snapshot.has(view_of(activity)) {
            return Ok(false);
        }
        let Activity::Event { name: Some(_), .. } = activity else { return Ok(true) };
        let key = format!("{} {} first of {activity}", snapshot.version(), snapshot.zone().name());
        let first = self.kept.ask(key, first_known_day(snapshot, activity, &Scope::default())).await?;
        Ok(first.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_kept_beside_whatever_else_is_kept() {
        let settings = |definitions: &str| Settings { definitions: definitions.to_owned(), ..Settings::default() };
        for text in ["contract", "purchase", "purchase:90", "event:30:log in: twice", "event::login"] {
            let activity: Activity = text.parse().unwrap();
            let kept = with_customer(r#"{"other":[1]}"#, Some(&activity));
            assert_eq!(customer(&settings(&kept)), Some(activity), "{kept}");
            assert!(kept.contains(r#""other":[1]"#), "{kept}");
            assert_eq!(with_customer(&kept, None), r#"{"other":[1]}"#);
        }
        for nothing in ["{}", "[]", r#"{"customer":7}"#, r#"{"customer":"whoever"}"#, ""] {
            assert_eq!(customer(&settings(nothing)), None, "{nothing}");
        }
    }
}
