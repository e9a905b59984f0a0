//! What stands around every page: head, sidebar, language and theme, help, drawer.

use maud::{DOCTYPE, Markup, html};
use reports::pages::Workspace;

use crate::parts::icon;
use crate::{Here, Lang, assets};

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The word of the cookie: `light`, `dark`; empty as long as nobody chose.
    pub fn word(self) -> &'static str {
        match self {
            Theme::Auto => "",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Reads the word of a cookie or a form; anything else is what the device says.
    pub fn from_word(word: &str) -> Theme {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }
}

/// How the person sees the page: what the request says, and no number.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Language.
    pub lang: Lang,
    /// Light or dark.
    pub theme: Theme,
    /// The address of the page.
    pub here: &'a Here,
    /// The token every form that changes something carries in its field `csrf`.
    pub csrf: &'a str,
}

/// An entry of the sidebar: message key, drawing, address.
type Entry = (&'static str, &'static str, Option<&'static str>);

/// The entries of the sidebar, by group. Those without an address are being built: shown quietly, and no link.
const NAV: [(&str, &[Entry]); 4] = [
    (
        "nav.measure",
        &[
            ("nav.overview", "grid", Some("/")),
            ("nav.retention", "loop", Some("/retention")),
            ("nav.revenue", "coins", Some("/revenue")),
            ("nav.cohorts", "rows", Some("/cohorts")),
            ("nav.paths", "path", None),
            ("nav.value", "gem", None),
        ],
    ),
    (
        "nav.customers_group",
        &[
            ("nav.customers", "people", Some("/customers")),
            ("nav.segments", "pie", Some("/segments")),
            ("nav.risk", "pulse", None),
        ],
    ),
    (
        "nav.act",
        &[
            ("nav.journeys", "send", None),
            ("nav.offers", "gift", None),
            ("nav.loyalty", "heart", None),
            ("nav.surveys", "chat", None),
            ("nav.experiments", "flask", None),
        ],
    ),
    ("nav.setup", &[("nav.data", "db", Some("/data")), ("nav.settings", "gear", Some("/settings"))]),
];

/// The whole document. `here` is the key of the entry the page belongs to.
pub(crate) fn shell(view: &View<'_>, workspace: &Workspace, here: &str, title: &str, body: Markup) -> Markup {
    shell_with(view, workspace, here, title, html! {}, body)
}

/// The same with more in the head.
pub(crate) fn shell_with(
    view: &View<'_>,
    workspace: &Workspace,
    here: &str,
    title: &str,
    head: Markup,
    body: Markup,
) -> Markup {
    let lang = view.lang;
    let theme = Some(view.theme.word()).filter(|word| !word.is_empty());
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) " · " (workspace.name) }
                link rel="preload" href=(assets::url("inter.woff2")) as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href=(assets::url("app.css"));
                link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
                script type="module" src=(assets::url("app.js")) {}
                (head)
            }
            body {
                a.skip href="#main" { (lang.t("shell.skip")) }
                (side(view, workspace, here))
                main #main tabindex="-1" {
                    @if workspace.sample { (sample_banner(view, workspace)) }
                    (body)
                }
                dialog.drawer aria-labelledby="drawer-title" {}
                (keys(lang))
                div.toast role="status" data-copied=(lang.t("toast.copied")) data-failed=(lang.t("toast.failed")) {}
            }
        }
    }
}

/// A document for strangers: one page to read, nothing to click, no way further.
pub(crate) fn bare(view: &View<'_>, title: &str, body: Markup) -> Markup {
    let theme = Some(view.theme.word()).filter(|word| !word.is_empty());
    html! {
        (DOCTYPE)
        html lang=(view.lang.tag()) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex,nofollow";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="stylesheet" href=(assets::url("app.css"));
                link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
            }
            body.bare { main #main tabindex="-1" { (body) } }
        }
    }
}

fn side(view: &View<'_>, workspace: &Workspace, here: &str) -> Markup {
    let lang = view.lang;
    html! {
        header.side {
            a.ws href="/" { span.mark { (icon("loop")) } span { (workspace.name) } }
            // A tick box, because it opens and closes without script; wide windows show the menu always.
            input.sr #menu type="checkbox" aria-label=(lang.t("shell.nav"));
            label.btn.ico.menu for="menu" aria-hidden="true" { (icon("menu")) }
            div.fold {
                form.jump role="search" action="/customers" {
                    (icon("search"))
                    label { span.sr { (lang.t("shell.search")) }
                        input type="search" name="q" placeholder=(lang.t("shell.search")) data-jump; }
                    kbd aria-hidden="true" { "⌘K" }
                }
                nav aria-label=(lang.t("shell.nav")) {
                    @for (group, entries) in NAV { (nav_group(lang, workspace, group, entries, here)) }
                }
                p.soon { (lang.t("nav.coming")) }
                (preferences(view))
            }
        }
    }
}

fn nav_group(lang: Lang, workspace: &Workspace, group: &str, entries: &[Entry], here: &str) -> Markup {
    let id = group.replace('.', "-");
    // A page about contracts is no place for a business without any.
    let shown = entries.iter().filter(|entry| entry.0 != "nav.revenue" || workspace.contracts);
    html! {
        h2 id=(id) { (lang.t(group)) }
        ul aria-labelledby=(id) {
            @for (key, drawing, href) in shown {
                li {
                    @if let Some(href) = href {
                        a href=(href) aria-current=[(*key == here).then_some("page")] { (icon(drawing)) (lang.t(key)) }
                    } @else {
                        span.soon { (icon(drawing)) (lang.t(key)) }
                    }
                }
            }
        }
    }
}

/// Language and theme. A form, so that it works without script; what it changes is a cookie, so it is a POST.
fn preferences(view: &View<'_>) -> Markup {
    let lang = view.lang;
    let other = if view.theme == Theme::Dark { Theme::Light } else { Theme::Dark };
    html! {
        form.foot method="post" action="/preferences" autocomplete="off" data-preferences {
            input type="hidden" name="csrf" value=(view.csrf);
            input type="hidden" name="to" value=(view.here.url());
            label.sel {
                span.sr { (lang.t("shell.language")) }
                select name="lang" {
                    @for choice in Lang::ALL {
                        option value=(choice.tag()) lang=(choice.tag()) selected[choice == lang] { (choice.name()) }
                    }
                }
                (icon("down"))
            }
            (crate::parts::go(lang))
            button.btn.ico name="theme" value=(other.word()) aria-label=(lang.t("shell.theme")) { (icon("sun")) }
        }
    }
}

fn sample_banner(view: &View<'_>, workspace: &Workspace) -> Markup {
    let lang = view.lang;
    html! {
        form.banner method="post" action="/sample/remove" {
            input type="hidden" name="csrf" value=(view.csrf);
            span { (lang.f("sample.banner", &[("name", &workspace.name)])) " " a href="/data" { (lang.t("sample.own")) } }
            button.btn { (lang.t("sample.remove")) }
        }
    }
}

/// The keys, and the switch that turns the single letters off (WCAG 2.1.4). Opened by `?`.
fn keys(lang: Lang) -> Markup {
    let rows: [(&[&str], &str); 8] = [
        (&["/"], "keys.filter"),
        (&["⌘K", "Ctrl K"], "keys.jump"),
        (&["["], "keys.back"),
        (&["]"], "keys.forward"),
        (&["c"], "keys.compare"),
        (&["g o", "g r", "g h", "g s", "g c", "g d", "g m", "g ,"], "keys.go"),
        (&["←", "↑", "→", "↓"], "keys.cells"),
        (&["?"], "keys.help"),
    ];
    html! {
        dialog.keys #keys aria-labelledby="keys-title" {
            form method="dialog" {
                header { h2 #keys-title { (lang.t("keys.title")) }
                    button.btn.ico.ghost aria-label=(lang.t("drawer.close")) { (icon("x")) } }
                dl {
                    @for (keys, what) in rows {
                        dt { @for key in keys { kbd { (key) } " " } } dd { (lang.t(what)) }
                    }
                }
                label { input type="checkbox" data-letters checked; " " (lang.t("keys.letters")) }
            }
        }
    }
}
