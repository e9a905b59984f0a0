//! A page as others see it by a link: to be read, with nothing to click and nobody named.
//!
//! Cards are full of ways to people: every number opens to them. Instead of asking each card, of which there will be more,
//! to draw itself a second time, the finished markup loses whatever leads anywhere. What lists people by name is left out
//! before, by the page itself.

use maud::{Markup, PreEscaped, html};
use reports::pages::Workspace;
use reports::pages::cohorts::CohortsPage;
use reports::pages::overview::OverviewPage;
use reports::pages::retention::RetentionPage;
use reports::pages::revenue::RevenuePage;
use reports::pages::segments::SegmentsPage;
use terms::Date;

use crate::pages::{cohorts, overview, retention, revenue, segments};
use crate::shell::{View, bare};

/// The pages that can be read by a link.
pub const PATHS: [&str; 5] = ["/", "/retention", "/revenue", "/cohorts", "/segments"];

/// The Retention page for others.
pub fn retention(view: &View<'_>, page: &RetentionPage, until: Date) -> Markup {
    let title = view.lang.t("retention.title");
    let body = retention::for_others(view, page);
    framed(view, &page.frame.workspace, &title, until, &body)
}

/// The Overview page for others.
pub fn overview(view: &View<'_>, page: &OverviewPage, until: Date) -> Markup {
    let title = view.lang.t("overview.title");
    framed(view, &page.frame.workspace, &title, until, &overview::for_others(view, page))
}

/// The Revenue page for others.
pub fn revenue(view: &View<'_>, page: &RevenuePage, until: Date) -> Markup {
    let title = view.lang.t("revenue.page.title");
    framed(view, &page.frame.workspace, &title, until, &revenue::for_others(view, page))
}

/// The Cohorts page for others.
pub fn cohorts(view: &View<'_>, page: &CohortsPage, until: Date) -> Markup {
    let title = view.lang.t("cohorts.page.title");
    framed(view, &page.frame.workspace, &title, until, &cohorts::for_others(view, page))
}

/// The page of groups for others.
pub fn segments(view: &View<'_>, page: &SegmentsPage, until: Date) -> Markup {
    let title = view.lang.t("segments.title");
    framed(view, &page.frame.workspace, &title, until, &segments::for_others(view, page))
}

/// A page there is nothing to show of yet.
pub fn nothing_yet(view: &View<'_>, workspace: &Workspace, until: Date) -> Markup {
    let lang = view.lang;
    let body = html! { div.card { div.empty { h1 { (lang.t("empty.too_little")) } } } };
    framed(view, workspace, &lang.t("empty.too_little"), until, &body)
}

fn framed(view: &View<'_>, workspace: &Workspace, title: &str, until: Date, body: &Markup) -> Markup {
    let lang = view.lang;
    let until = lang.f("shared.until", &[("name", &workspace.name), ("date", &lang.date(until))]);
    bare(view, &format!("{title} · {}", workspace.name), html! { p.banner { (until) } (read_only(body)) })
}

/// There is no such link: it never was, has ended, or was taken back.
pub fn gone(view: &View<'_>) -> Markup {
    let lang = view.lang;
    let body = html! { div.card { div.empty { h1 { (lang.t("shared.gone")) } p { (lang.t("shared.gone_text")) } } } };
    bare(view, &lang.t("shared.gone"), body)
}

/// Something went wrong on our side, told to somebody who knows nothing of it.
pub fn trouble(view: &View<'_>, number: Option<&str>) -> Markup {
    let lang = view.lang;
    let body = html! {
        div.card { div.empty {
            h1 { (lang.t("error.page")) } p { (lang.t("error.code.internal")) }
            @if let Some(number) = number { p.small { (lang.f("error.number", &[("number", number)])) } }
        } }
    };
    bare(view, &lang.t("error.page"), body)
}

/// Elements that are for doing something, or lead somewhere: they go, with all that is in them.
const DROPPED: [&str; 10] =
    ["form", "button", "input", "select", "textarea", "script", "noscript", "dialog", "iframe", "object"];
/// The same by a class of theirs.
const DROPPED_CLASSES: [&str; 8] = ["tools", "csv", "btn", "acts", "more", "click", "mark", "note"];
/// Elements without an end.
const EMPTY: [&str; 6] = ["input", "br", "col", "meta", "link", "hr"];

/// The same markup without anything that leads anywhere. What was a link keeps its place and its spoken label.
///
/// This is no reader of strange HTML: it only ever sees what our templates wrote, where `<` begins a tag, attributes stand
/// in double quotes, and `<`, `>`, `"` inside of texts and values are escaped.
fn read_only(markup: &Markup) -> Markup {
    let mut out = String::with_capacity(markup.0.len());
    let mut skipping: Option<(&str, u32)> = None;
    for (at, piece) in markup.0.split('<').enumerate() {
        let (tag, text) = match piece.split_once('>') {
            Some(parts) if at > 0 => parts,
            _ => ("", piece),
        };
        if tag.is_empty() {
            out.push_str(text);
            continue;
        }
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        let ends = tag.starts_with('/');
        match &mut skipping {
            // Inside of something that goes: its end is the one that closes as many of its name as were opened.
            Some((skipped, depth)) => {
                if name == *skipped {
                    *depth = if ends { *depth - 1 } else { *depth + 1 };
                }
                if *depth > 0 {
                    continue;
                }
                skipping = None;
            }
            None if !ends && goes(name, tag) => {
                if !EMPTY.contains(&name) {
                    skipping = Some((name, 1));
                    continue;
                }
            }
            None => write_tag(name, tag, &mut out),
        }
        out.push_str(text);
    }
    PreEscaped(out)
}

fn goes(name: &str, tag: &str) -> bool {
    let class = tag.split_once(" class=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    DROPPED.contains(&name)
        || class.split(' ').any(|class| DROPPED_CLASSES.contains(&class))
        || attributes(tag).any(|(name, _)| matches!(name, "popover" | "data-act"))
}

/// The attributes of a tag: names, and what stands behind them, with its quotes.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = tag.split_once(' ').map_or("", |parts| parts.1);
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let value = match after.strip_prefix("=\"") {
            Some(quoted) => &after[..quoted.find('"').map_or(after.len(), |end| end + 3)],
            None => "",
        };
        rest = &after[value.len()..];
        (!name.is_empty()).then_some((name, value))
    })
}

/// A tag without attributes that lead somewhere, ask for something or take the focus.
fn write_tag(name: &str, tag: &str, out: &mut String) {
    out.push('<');
    if tag.starts_with('/') || !tag.contains(' ') {
        out.push_str(tag);
        out.push('>');
        return;
    }
    out.push_str(name);
    let link = name == "a";
    for (attribute, value) in attributes(tag) {
        let leads = matches!(attribute, "href" | "action" | "target" | "rel" | "popovertarget")
            || attribute.starts_with("data-");
        if leads || link && matches!(attribute, "tabindex" | "aria-current") {
            continue;
        }
        // What is no link any more is a picture with words: labels of nothing in particular are not read out.
        if link && attribute == "aria-label" {
            out.push_str(" role=\"img\"");
        }
        out.push(' ');
        out.push_str(attribute);
        out.push_str(value);
    }
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str) {
        assert_eq!(read_only(&PreEscaped(from.to_owned())).0, to);
    }

    #[test]
    fn links_keep_their_place_and_forms_go() {
        check("<p>a <b>b</b></p>", "<p>a <b>b</b></p>");
        check(
            "<td><a href=\"/customers?who=lost\" data-drawer aria-label=\"3 &lt; 4\" class=\"x\">37</a></td>",
            "<td><a role=\"img\" aria-label=\"3 &lt; 4\" class=\"x\">37</a></td>",
        );
        check("a<form action=\"/x\"><div><form>b</form></div>c</form>d", "ad");
        check("a<input name=\"q\">b", "ab");
        check("<div class=\"big tools\"><div>x</div></div>y", "y");
        check("<a href=\"/data\" data-act>see why</a>.", ".");
        check("<div popover id=\"p\"><p>x</p></div><i class=\"toolsmith\"></i>", "<i class=\"toolsmith\"></i>");
        check("<div class=\"heatwrap\" tabindex=\"0\">x</div>", "<div class=\"heatwrap\" tabindex=\"0\">x</div>");
        check("", "");
    }
}
