//! Settings: one part at a time, each change with its effect before it is saved.

use maud::{Markup, html};
use reports::pages::settings::{Counted, Definitions, Effect, LinkLine, NoteLine, Part, Place, SettingsPage, Wrong};
use reports::pages::{Rule, interval};
use terms::WeekStart;

use crate::Lang;
use crate::parts::{icon, note_form, trouble_text};
use crate::shell::{View, shell};

/// The page.
pub fn page(view: &View<'_>, page: &SettingsPage) -> Markup {
    drawn(view, page, None)
}

/// The list of links with the address of the one that was just made: it is shown this once.
pub fn link_made(view: &View<'_>, page: &SettingsPage, address: &str) -> Markup {
    drawn(view, page, Some(address))
}

fn drawn(view: &View<'_>, page: &SettingsPage, made: Option<&str>) -> Markup {
    let lang = view.lang;
    let here = page.part.word();
    shell(
        view,
        &page.workspace,
        "nav.settings",
        &lang.t("settings.title"),
        html! {
            header.head { div { h1 { (lang.t("settings.title")) } p { (lang.t("settings.question")) } }
                nav.tools aria-label=(lang.t("settings.parts")) { div.seg { @for word in Part::WORDS {
                    a href={ "/settings/" (word) } aria-current=[(word == here).then_some("page")] {
                        (lang.t(&format!("settings.{word}"))) }
                } } }
            }
            @if let Some(done) = &page.done { p.banner role="status" { (lang.sentence(done)) } }
            @for wrong in page.wrong.iter().filter(|wrong| wrong.field.is_empty()) {
                div.banner.bad role="alert" { (trouble_text(lang, &wrong.trouble)) }
            }
            @match &page.part {
                Part::Workspace(place) => (workspace(view, place, &page.wrong)),
                Part::Definitions(definitions) => (self::definitions(view, definitions, &page.wrong)),
                Part::Notes(notes) => (self::notes(view, notes)),
                Part::Links(links) => (self::links(view, links, made)),
            }
        },
    )
}

/// A field with its label, what it is good for, and what is wrong with what was typed.
struct Field<'a> {
    name: &'a str,
    about: Option<String>,
    wrong: Option<&'a Wrong>,
    fixed: bool,
}

impl<'a> Field<'a> {
    fn of(lang: Lang, name: &'a str, wrong: &'a [Wrong], fixed: &[String]) -> Field<'a> {
        let fixed = fixed.iter().any(|one| one == name);
        let key = format!("settings.{name}.about");
        let about = if fixed { Some(lang.t("settings.fixed")) } else { lang.knows(&key).then(|| lang.t(&key)) };
        Field { name, about, wrong: wrong.iter().find(|wrong| wrong.field == name), fixed }
    }

    fn about_id(&self) -> Option<String> {
        (self.about.is_some() || self.wrong.is_some()).then(|| format!("about-{}", self.name))
    }

    fn draw(&self, lang: Lang, control: Markup) -> Markup {
        html! {
            div.fld {
                label for=(self.name) { (lang.t(&format!("settings.{}", self.name))) }
                (control)
                @if let Some(id) = self.about_id() {
                    div id=(id) {
                        @if let Some(wrong) = self.wrong { div.err role="alert" { (trouble_text(lang, &wrong.trouble)) } }
                        @if let Some(about) = &self.about { p.small { (about) } }
                    }
                }
            }
        }
    }

    fn input(&self, lang: Lang, value: &str, list: Option<&str>) -> Markup {
        let invalid = self.wrong.map(|_| "true");
        self.draw(
            lang,
            html! { input id=(self.name) name=(self.name) value=(value) list=[list] autocomplete="off" disabled[self.fixed]
            aria-invalid=[invalid] aria-describedby=[self.about_id()]; },
        )
    }

    fn select(&self, lang: Lang, options: &[(&str, String)], current: &str) -> Markup {
        self.draw(
            lang,
            html! { select id=(self.name) name=(self.name) disabled[self.fixed] aria-describedby=[self.about_id()] {
                @for (value, text) in options { option value=(value) selected[*value == current] { (text) } }
            } },
        )
    }
}

fn workspace(view: &View<'_>, place: &Place, wrong: &[Wrong]) -> Markup {
    let lang = view.lang;
    let field = |name| Field::of(lang, name, wrong, &place.fixed);
    let weeks = [(WeekStart::Monday, "monday"), (WeekStart::Sunday, "sunday"), (WeekStart::Saturday, "saturday")];
    let week = weeks.iter().find(|week| week.0 == place.week_start).map_or("monday", |week| week.1);
    let weeks = weeks.map(|(_, word)| (word, lang.t(&format!("settings.week_start.{word}"))));
    let languages = Lang::ALL.map(|one| (one.tag(), one.name().to_owned()));
    html! {
        section.card aria-labelledby="workspace-title" {
            header { div { h2 #workspace-title { (lang.t("settings.workspace")) } p { (lang.t("settings.workspace_text")) } } }
            form.pad.form method="post" action="/settings/workspace" autocomplete="off" {
                input type="hidden" name="csrf" value=(view.csrf);
                (field("name").input(lang, &place.name, None))
                (field("zone").input(lang, &place.zone, Some("zones")))
                datalist #zones { @for zone in &place.zones { option value=(zone) {} } }
                (field("currency").input(lang, &place.currency, Some("currencies")))
                datalist #currencies { @for code in &place.currencies { option value=(code) {} } }
                (field("week_start").select(lang, &weeks, week))
                (field("language").select(lang, &languages, &place.language))
                div { button.btn.pri { (lang.t("settings.save")) } }
            }
        }
    }
}

fn definitions(view: &View<'_>, page: &Definitions, wrong: &[Wrong]) -> Markup {
    let lang = view.lang;
    let field = |name| Field::of(lang, name, wrong, &[]);
    let rules: Vec<(&str, String)> = ["auto", "contract", "purchase", "event"]
        .into_iter()
        .map(|word| {
            let text = lang.t(&format!("settings.rule.{word}"));
            let there = word == "auto" || page.rules.iter().any(|rule| rule.word() == word);
            (word, if there { text } else { lang.f("settings.rule.no_facts", &[("rule", &text)]) })
        })
        .collect();
    html! {
        section.card aria-labelledby="customer-title" {
            header { div { h2 #customer-title { (lang.t("settings.customer")) } p { (lang.t("settings.customer_text")) } } }
            form.pad.form #customer action="/settings/definitions" autocomplete="off" {
                @for wrong in wrong.iter().filter(|wrong| wrong.field == "customer") {
                    div.err role="alert" { (trouble_text(lang, &wrong.trouble)) }
                }
                (field("rule").select(lang, &rules, &page.asked.rule))
                (field("window").draw(lang, html! {
                    input #window name="window" type="number" min="1" max="3653" value=(page.asked.window)
                        placeholder=(lang.t("settings.window.found")) aria-describedby="about-window";
                }))
                (field("event").input(lang, &page.asked.event, Some("event-names")))
                datalist #event-names { @for name in &page.events { option value=(name) {} } }
                div { button.btn.pri name="preview" value="1" { (lang.t("settings.preview")) } }
            }
        }
        (effects(view, page))
    }
}

/// The figures as they are beside the figures as they would be, and the button that makes it so.
fn effects(view: &View<'_>, page: &Definitions) -> Markup {
    let lang = view.lang;
    let Some(now) = &page.now else {
        return html! { section.card { div.empty { h3 { (lang.t("empty.too_little")) } p { (lang.t("settings.no_facts")) } } } };
    };
    let then = page.then.as_ref();
    let columns: Vec<&Effect> = [Some(now), then].into_iter().flatten().collect();
    html! {
        section.card #effect aria-labelledby="effect-title" {
            header { div {
                h2 #effect-title { (lang.t("settings.effect")) }
                p { (lang.f("settings.effect_text", &[("period", &lang.period(now.period))])) }
            } }
            div.tblwrap tabindex="0" role="group" aria-labelledby="effect-title" { table.tbl.effect {
                caption.sr { (lang.t("settings.effect")) }
                thead { tr {
                    td {}
                    th.r scope="col" { (lang.t("settings.now")) }
                    @if then.is_some() {
                        th.r scope="col" { (lang.t("settings.then")) }
                        th.r scope="col" { (lang.t("settings.difference")) }
                    }
                } }
                tbody {
                    tr { th scope="row" { (lang.t("settings.rule")) }
                        @for one in &columns { td.r { (rule(lang, &one.by)) } } @if then.is_some() { td {} } }
                    tr { th scope="row" { (lang.t("settings.window")) }
                        @for one in &columns { td.r { (window(lang, &one.by)) } } @if then.is_some() { td {} } }
                    tr { th scope="row" { (lang.t("settings.customers_now")) }
                        @for one in &columns { td.r.num { (lang.count(one.customers)) } }
                        @if let Some(then) = then { td.r.num { (difference(lang, now.customers, then.customers)) } } }
                    (share(lang, "settings.retention", &columns, |one| one.retention))
                    (share(lang, "settings.churn", &columns, |one| one.churn))
                }
            } }
            @if then.is_some() { (save(view, page)) } @else {
                p.says.last { (lang.t(if page.chosen { "settings.is_chosen" } else { "settings.is_found" })) }
            }
        }
    }
}

fn save(view: &View<'_>, page: &Definitions) -> Markup {
    let lang = view.lang;
    html! {
        form.pad.row method="post" action="/settings/definitions" {
            input type="hidden" name="csrf" value=(view.csrf);
            input type="hidden" name="rule" value=(page.asked.rule);
            input type="hidden" name="window" value=(page.asked.window);
            input type="hidden" name="event" value=(page.asked.event);
            button.btn.pri { (lang.t("settings.save_definition")) }
            a.btn href="/settings/definitions" { (lang.t("settings.leave")) }
        }
    }
}

fn difference(lang: Lang, now: u64, then: u64) -> String {
    let sign = match then.cmp(&now) {
        std::cmp::Ordering::Less => "−",
        std::cmp::Ordering::Equal => "±",
        std::cmp::Ordering::Greater => "+",
    };
    format!("{sign}{}", lang.count(now.abs_diff(then)))
}

/// A rate with both its counts and its interval, under each definition, and by how many points they differ.
fn share(lang: Lang, key: &str, columns: &[&Effect], of: impl Fn(&Effect) -> terms::Share) -> Markup {
    html! {
        tr {
            th scope="row" { (lang.t(key)) }
            @for one in columns {
                @let share = of(one);
                td.r.num {
                    b { (share.rate().map_or_else(|| "–".to_owned(), |rate| lang.pct(rate, 1))) }
                    small { (lang.f("settings.of", &[("part", &lang.count(share.part)), ("whole", &lang.count(share.whole))]))
                        @if let Some(between) = interval(share) {
                            " · " (lang.f("about.between", &[("low", &lang.pct(between.low, 1)), ("high", &lang.pct(between.high, 1))]))
                        }
                    }
                }
            }
            @if let [now, then] = columns {
                td.r.num { @match (of(now).rate(), of(then).rate()) {
                    (Some(now), Some(then)) => (lang.f("figures.points", &[("points", &lang.signed_points(then - now))])),
                    _ => "–",
                } }
            }
        }
    }
}

/// Who counts, in words.
pub(crate) fn rule(lang: Lang, by: &Counted) -> String {
    match (by.rule, &by.event) {
        (Rule::Contract, _) => lang.t("settings.rule.contract"),
        (Rule::Purchase, _) => lang.t("settings.rule.purchase"),
        (Rule::Event, None) => lang.t("settings.rule.event"),
        (Rule::Event, Some(event)) => lang.f("settings.rule.event_named", &[("event", event)]),
    }
}

/// For how long, and where that number comes from.
pub(crate) fn window(lang: Lang, by: &Counted) -> Markup {
    html! {
        @if let Some(days) = by.window_days {
            b { (lang.n("unit.days", u64::from(days), &[])) } " "
            small { (lang.word_or("settings.basis", &by.basis)) }
        } @else { (lang.t("settings.window.contract")) }
    }
}

fn notes(view: &View<'_>, notes: &[NoteLine]) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="notes-title" {
            header { div { h2 #notes-title { (lang.t("settings.notes")) } p { (lang.t("settings.notes_text")) } } }
            div.pad { (note_form(view)) }
            @if notes.is_empty() { div.empty { h3 { (lang.t("settings.no_notes")) } } } @else {
                div.tblwrap tabindex="0" role="group" aria-labelledby="notes-title" { table.tbl {
                    caption.sr { (lang.t("settings.notes")) }
                    thead { tr { th scope="col" { (lang.t("note.date")) } th scope="col" { (lang.t("note.text")) }
                        th scope="col" { span.sr { (lang.t("note.remove")) } } } }
                    tbody { @for note in notes { tr {
                        td.num { (lang.date(note.date)) }
                        th.wrap scope="row" { (note.text) }
                        td.r { form method="post" action="/notes/remove" {
                            input type="hidden" name="csrf" value=(view.csrf);
                            input type="hidden" name="note" value=(note.id);
                            button.btn aria-label=(lang.f("note.remove_of", &[("text", &note.text)])) { (icon("x")) (lang.t("note.remove")) }
                        } }
                    } } }
                } }
            }
        }
    }
}

fn links(view: &View<'_>, links: &[LinkLine], made: Option<&str>) -> Markup {
    let lang = view.lang;
    html! {
        @if let Some(address) = made {
            section.card aria-labelledby="made-title" {
                header { div { h2 #made-title { (lang.t("share.made")) } p { (lang.t("share.made_text")) } } }
                div.pad.form { div.fld {
                    label for="address" { (lang.t("share.address")) }
                    input #address readonly value=(address);
                } div { a.btn.pri href=(address) data-share=(address) { (icon("share")) (lang.t("share.copy")) } } }
            }
        }
        section.card aria-labelledby="links-title" {
            header { div { h2 #links-title { (lang.t("settings.links")) } p { (lang.t("settings.links_text")) } } }
            @if links.is_empty() { div.empty { h3 { (lang.t("settings.no_links")) } p { (lang.t("settings.no_links_text")) } } } @else {
                div.tblwrap tabindex="0" role="group" aria-labelledby="links-title" { table.tbl {
                    caption.sr { (lang.t("settings.links")) }
                    thead { tr { th scope="col" { (lang.t("share.page")) } th scope="col" { (lang.t("share.created")) }
                        th scope="col" { (lang.t("share.until")) } th scope="col" { span.sr { (lang.t("share.revoke")) } } } }
                    tbody { @for link in links { tr {
                        th scope="row" { a href=(link.path) { (link.path) } }
                        td.num { (lang.moment(link.created)) } td.num { (lang.moment(link.until)) }
                        td.r { form method="post" action="/share/revoke" {
                            input type="hidden" name="csrf" value=(view.csrf);
                            input type="hidden" name="link" value=(link.id);
                            button.btn aria-label=(lang.f("share.revoke_of", &[("page", &link.path)])) { (icon("x")) (lang.t("share.revoke")) }
                        } }
                    } } }
                } }
            }
        }
    }
}
