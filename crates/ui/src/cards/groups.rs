//! Groups of customers by recency, frequency and spend, as tiles.

use maud::{Markup, html};
use reports::pages::retention::{Family, Group, Groups};
use reports::pages::{Frame, Slot, Who};

use super::{as_table, people};
use crate::Lang;
use crate::charts::Size;
use crate::charts::tree::{Tile, families};
use crate::images::{self, Image, Ink, Leaf};
use crate::parts::slot;
use crate::shell::View;

const BOX: Size = Size { w: 430.0, h: 320.0 };

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Groups>) -> Markup {
    let period = frame.asked.period;
    card_of(view, frame, content, &|group| Who::Group { period, group: group.id.clone() })
}

/// The card with groups whose people are told by the page.
pub fn card_of(view: &View<'_>, frame: &Frame, content: &Slot<Groups>, who: &dyn Fn(&Group) -> Who) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="groups-title" {
            header { div { h2 #groups-title { (lang.t("groups.title")) } p { (lang.t("groups.sub")) } } }
            (slot(view, content, |groups| chart(view, frame, groups, who)))
        }
    }
}

/// The class of a family, which is also the end of its message key.
pub(crate) fn family(family: Family) -> &'static str {
    family.word()
}

fn chart(view: &View<'_>, frame: &Frame, content: &Groups, who: &dyn Fn(&Group) -> Who) -> Markup {
    let lang = view.lang;
    let entries: Vec<(usize, f64)> =
        content.groups.iter().map(|group| (group.family as usize, group.customers as f64)).collect();
    html! {
        div.tree {
            @for tile in families(&entries, BOX) {
                @if let Some(group) = content.groups.get(tile.index) { (one(lang, &people(frame, &who(group)), group, &tile)) }
            }
        }
        div.fam { @for word in ["kept", "watch", "lost"] { span.(word) { i {} (lang.word_or("groups.family", word)) } } }
        div.under { (as_table(view, "groups", table(lang, content))) }
    }
}

/// The same as an image.
pub(crate) fn image(ink: &Ink, lang: Lang, content: &Groups) -> Option<Image> {
    let leaf = |group: &Group| Leaf {
        family: group.family as usize,
        value: group.customers as f64,
        label: lang.count(group.customers),
    };
    images::tree(ink, &content.groups.iter().map(leaf).collect::<Vec<_>>())
}

fn one(lang: Lang, href: &str, group: &Group, tile: &Tile) -> Markup {
    let name = lang.word_or("group", &group.id);
    let percent = |part: f64, whole: f64| format!("{:.2}%", part / whole * 100.0);
    let style = format!(
        "left:{};top:{};width:{};height:{}",
        percent(tile.x, BOX.w),
        percent(tile.y, BOX.h),
        percent(tile.w, BOX.w),
        percent(tile.h, BOX.h)
    );
    html! {
        a.(family(group.family))
            .s[tile.w < 74.0 || tile.h < 44.0].t[tile.h < 36.0] href=(href) data-drawer style=(style)
            data-tip=(says(lang, group, &name)) {
            b { (name) }
            span.num { (lang.count(group.customers)) }
            @if tile.w > 96.0 && tile.h > 60.0 {
                br; span.num { (lang.money_short(group.spend)) }
                @if let Some(change) = change(group) {
                    " " span.num { (arrow(change)) (lang.pct(change.abs(), 0)) }
                }
            }
        }
    }
}

/// Growth since the period compared with ended; nothing when there was nobody then.
fn change(group: &Group) -> Option<f64> {
    let before = group.before.filter(|before| *before > 0)?;
    Some(group.customers as f64 / before as f64 - 1.0)
}

fn arrow(change: f64) -> &'static str {
    if change >= 0.0 { "↑" } else { "↓" }
}

fn says(lang: Lang, group: &Group, name: &str) -> String {
    let family = lang.word_or("groups.family", family(group.family));
    let spend = lang.money(group.spend);
    let values = [("group", name), ("family", &family), ("spend", &spend)];
    match change(group) {
        None => lang.n("groups.says", group.customers, &values),
        Some(change) => {
            let change = lang.pct(change.abs(), 0);
            let [a, b, c] = values;
            let key = if self::change(group) < Some(0.0) { "groups.says_fewer" } else { "groups.says_more" };
            lang.n(key, group.customers, &[a, b, c, ("change", &change)])
        }
    }
}

fn table(lang: Lang, content: &Groups) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("groups.title")) }
            thead { tr {
                th scope="col" { (lang.t("groups.group")) } th scope="col" { (lang.t("groups.state")) }
                th.r scope="col" { (lang.t("cohorts.size")) } th.r scope="col" { (lang.t("groups.before")) }
                th.r scope="col" { (lang.t("column.spend")) }
            } }
            tbody { @for group in &content.groups { tr {
                th scope="row" { (lang.word_or("group", &group.id)) }
                td { (lang.word_or("groups.family", family(group.family))) }
                td.r { (lang.count(group.customers)) }
                td.r { (group.before.map_or_else(|| "–".to_owned(), |before| lang.count(before))) }
                td.r { (lang.money(group.spend)) }
            } } }
        }
    }
}
