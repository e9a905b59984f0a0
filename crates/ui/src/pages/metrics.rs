//! What every number of the Retention page means: one definition after the other, printable.

use maud::{Markup, html};
use reports::pages::Workspace;

use crate::shell::{View, shell};

/// The figures of the strip, in its order.
pub const FIGURES: [&str; 6] = ["retention", "active", "churn", "repeat", "order_value", "revenue"];

/// The page. `active_days` is the window of the workspace's rule.
pub fn page(view: &View<'_>, workspace: &Workspace, active_days: u32) -> Markup {
    let lang = view.lang;
    let days = lang.count(u64::from(active_days));
    shell(
        view,
        workspace,
        "",
        &lang.t("metrics.title"),
        html! {
            p.crumb { a href="/retention" { (lang.t("retention.title")) } }
            header.head { div { h1 { (lang.t("metrics.title")) } p { (lang.f("metrics.rule", &[("days", &days)])) } } }
            div.stack {
                @for id in FIGURES {
                    section.card.pad #(id) {
                        h2 { (lang.t(&format!("kpi.{id}.name"))) }
                        p { (lang.f(&format!("kpi.{id}.what"), &[("days", &days)])) }
                        p.fx { (lang.t(&format!("kpi.{id}.formula"))) }
                        p.small { (lang.t(&format!("kpi.{id}.example"))) }
                    }
                }
            }
        },
    )
}
