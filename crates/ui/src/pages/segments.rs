//! The pages of groups: all of them, and one.

use maud::{Markup, html};
use reports::pages::segments::{
    GridChoice, GroupPage, GroupRow, GroupTable, Move, Number, SegmentsPage, Sizes, Traits, WordRow, WordTable,
};
use reports::pages::{Frame, Rule, Slot, Who};
use terms::{Estimate, Share};

use crate::cards::cohorts::FEW;
use crate::cards::curves::{BOX, month_marks, month_numbers, note_marks, noted, plot};
use crate::cards::groups::{self, card_of};
use crate::cards::{as_table, csv, freshness, head, moves, people, ready, squares};
use crate::charts::line::{At, Axis, Floor, Shape, line};
use crate::charts::short;
use crate::images::{self, Image, Ink, Run};
use crate::parts::{icon, slot, sort_header, too_little};
use crate::shell::{View, shell};
use crate::{Here, Lang};

/// The names of the parts of the page of all groups that can be asked for alone.
pub const PARTS: [&str; 1] = ["groups"];

/// Parameters that belong to a list of people, and not to another page.
const OF_A_LIST: [&str; 5] = ["sort", "dir", "page", "q", "country"];

/// All groups.
pub fn page(view: &View<'_>, page: &SegmentsPage) -> Markup {
    let (lang, frame, choice) = (view.lang, &page.frame, &page.choice);
    shell(
        view,
        &frame.workspace,
        "nav.segments",
        &lang.t("segments.title"),
        html! {
            (head::head(view, frame, "segments", "/segments.csv"))
            (head::brief_of(view, frame, &page.brief))
            p { a.btn href="/segments/saved" { (icon("rows")) (lang.t("saved.title")) } }
            @match &page.scored {
                Slot::Ready(scored) => {
                    (squares::made(view, choice, Some(scored)))
                    div.two {
                        (squares::card(view, frame, choice, scored))
                        (card_of(view, frame, &Slot::Ready(scored.groups.clone()), &|group| in_group(choice, &group.id)))
                    }
                    (moves::card(view, frame, choice, &page.moves))
                    (by_group(view, page))
                }
                Slot::TooLittle(missing) => {
                    section.card aria-labelledby="groups-title" {
                        header { div { h2 #groups-title { (lang.t("groups.title")) } } }
                        (too_little(lang, missing))
                    }
                }
                Slot::Failed(trouble) => {
                    (squares::made(view, choice, None))
                    section.card aria-labelledby="groups-title" {
                        header { div { h2 #groups-title { (lang.t("groups.title")) } } }
                        (crate::parts::failed(view, trouble))
                    }
                }
            }
            (by_word(view, page))
            (freshness(lang, &frame.freshness))
        },
    )
}

/// What others may see of the page: groups and numbers, and nobody by name.
pub(crate) fn for_others(view: &View<'_>, page: &SegmentsPage) -> Markup {
    let (frame, choice) = (&page.frame, &page.choice);
    html! {
        (head::plain(view, frame, "segments"))
        (head::brief_of(view, frame, &page.brief))
        @if let Slot::Ready(scored) = &page.scored {
            div.two {
                (squares::card(view, frame, choice, scored))
                (card_of(view, frame, &Slot::Ready(scored.groups.clone()), &|group| in_group(choice, &group.id)))
            }
            (moves::card(view, frame, choice, &page.moves))
            (by_group(view, page))
        }
        (by_word(view, page))
        (freshness(view.lang, &frame.freshness))
    }
}

/// One part of the page, by its name in [`PARTS`].
pub fn part(name: &str, view: &View<'_>, page: &SegmentsPage) -> Option<Markup> {
    (name == "groups").then(|| table(view, page))
}

/// One chart of the page as an image: `squares`, `groups` or `moves`.
pub fn image(part: &str, view: &View<'_>, page: &SegmentsPage) -> Option<Image> {
    let (ink, lang, choice) = (Ink::of(view.theme), view.lang, &page.choice);
    match part {
        "squares" => squares::image(ink, lang, choice, ready(&page.scored)?),
        "groups" => groups::image(ink, lang, &ready(&page.scored)?.groups),
        "moves" => moves::image(ink, lang, &page.frame, choice, ready(&page.moves)?),
        _ => None,
    }
}

fn in_group(choice: &GridChoice, group: &str) -> Who {
    Who::InGroup { grid: choice.grid, on: choice.on, group: group.to_owned() }
}

/// The page of a group, with the same scores and days.
fn group_here(view: &View<'_>, group: &str) -> String {
    view.here.without(&OF_A_LIST).on(&format!("/segments/{group}")).url()
}

fn by_group(view: &View<'_>, page: &SegmentsPage) -> Markup {
    let lang = view.lang;
    let (since, _) = moves::dates(lang, &page.choice);
    html! {
        section.card aria-labelledby="by-group-title" {
            header { div {
                h2 #by-group-title { (lang.t("segments.table")) }
                p {
                    (lang.f("segments.table_sub", &[("date", &since), ("period", &lang.period(page.frame.asked.period))]))
                    @if page.frame.rule == Rule::Purchase {
                        (lang.gap()) (lang.n("segments.active_for", u64::from(page.frame.active_days), &[]))
                    }
                }
            } }
            (table(view, page))
            div.under { span {} a.csv href=(csv(view, "groups")) { (lang.t("chart.csv")) } }
        }
    }
}

/// The part `groups`: what sorting replaces.
fn table(view: &View<'_>, page: &SegmentsPage) -> Markup {
    html! {
        div #groups-part data-part="groups" {
            (slot(view, &page.table, |content| html! { div.tblwrap { (group_table(view, page, content)) } }))
        }
    }
}

fn group_table(view: &View<'_>, page: &SegmentsPage, content: &GroupTable) -> Markup {
    let lang = view.lang;
    let sort = |column: &str, right: bool| {
        sort_header(view, &content.list, column, &lang.word_or("segments.column", column), right)
    };
    html! {
        table.tbl {
            caption.sr { (lang.t("segments.table")) }
            thead { tr {
                (sort("group", false)) (sort("customers", true)) (sort("spend", true)) (sort("mean", true))
                (sort("change", true)) (sort("kept", true)) th scope="col" { (lang.t("segments.column.do")) }
            } }
            tbody { @for row in &content.rows { (group_row(view, page, row)) } }
        }
    }
}

fn group_row(view: &View<'_>, page: &SegmentsPage, row: &GroupRow) -> Markup {
    let (lang, frame, choice) = (view.lang, &page.frame, &page.choice);
    let name = lang.word_or("group", &row.id);
    let href = people(frame, &in_group(choice, &row.id));
    let kept = Who::GroupKept { grid: choice.grid, period: frame.asked.period, group: row.id.clone() };
    let here = group_here(view, &row.id);
    let opens = |text: String| html! { a href=(href) data-drawer { (text) } };
    html! {
        tr {
            th scope="row" { a.who href=(here) { (name) } br;
                span.badge.(row.family.word()) { (lang.word_or("groups.family", row.family.word())) } }
            td.r {
                (opens(lang.count(row.customers)))
                @if let Some(rate) = row.share.and_then(|share| share.rate()) { small { (lang.pct(rate, 1)) } }
            }
            td.r { @if row.share.is_some() { (opens(lang.money(row.spend))) } @else { "–" } }
            td.r { @match row.mean { Some(mean) => (opens(lang.money(mean))), None => "–" } }
            td.r { (change(lang, row, &here)) }
            (kept_cell(lang, row.kept, row.interval, &people(frame, &kept)))
            td.do { (lang.word_or("segments.do", &row.id)) }
        }
    }
}

/// Growth since the date compared with: an arrow, how many, and what part of those before.
fn change(lang: Lang, row: &GroupRow, here: &str) -> Markup {
    let Some(before) = row.before else { return html! { "–" } };
    let more = row.customers >= before;
    let by = row.customers.abs_diff(before);
    let rate = (before > 0).then(|| by as f64 / before as f64);
    let text = lang.t(if more { "figures.up" } else { "figures.down" });
    html! {
        @if by == 0 { "0" } @else {
            a href={ (here) "#came" } {
                span aria-hidden="true" { (if more { "↑" } else { "↓" }) }
                span.sr { (text) " " } " " (lang.count(by))
            }
            @if let Some(rate) = rate { small { (lang.pct(rate, 0)) } }
        }
    }
}

/// A share with both its counts and its interval; grey and without colour where it rests on few.
fn kept_cell(lang: Lang, kept: Share, interval: Option<Estimate>, href: &str) -> Markup {
    let Some(rate) = kept.rate() else { return html! { td.r { "–" } } };
    let counts = lang.f("segments.of", &[("part", &lang.count(kept.part)), ("whole", &lang.count(kept.whole))]);
    let few = kept.whole < FEW;
    html! {
        td.r.grey[few] {
            a href=(href) data-drawer { (lang.pct(rate, 0)) }
            small { (counts)
                @if few { (lang.t("cohorts.comma")) (lang.t("cohorts.few_short")) }
                @else if let Some(interval) = interval {
                    (lang.t("cohorts.comma")) (lang.pct(interval.low, 0)) "–" (lang.pct(interval.high, 0))
                }
            }
        }
    }
}

fn by_word(view: &View<'_>, page: &SegmentsPage) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="by-word-title" {
            header { div {
                h2 #by-word-title { (lang.t("segments.by_country")) }
                p { (lang.f("segments.by_country_sub", &[("period", &lang.period(page.frame.asked.period))])) }
            } }
            (slot(view, &page.words, |words| word_table(view, &page.frame, words)))
        }
    }
}

fn word_table(view: &View<'_>, frame: &Frame, words: &WordTable) -> Markup {
    let lang = view.lang;
    let sold = words.rows.iter().any(|row| row.sold.is_some());
    html! {
        div.tblwrap {
            table.tbl {
                caption.sr { (lang.t("segments.by_country")) }
                thead { tr {
                    th scope="col" { (lang.t("column.country")) }
                    th.r scope="col" { (lang.t("segments.active")) }
                    @if sold { th.r scope="col" { (lang.t("segments.revenue")) } }
                    th.r scope="col" { (lang.t("segments.column.kept")) }
                    th scope="col" { span.sr { (lang.t("segments.look")) } }
                } }
                tbody { @for row in &words.rows { (word_row(view, frame, row, sold)) } }
            }
        }
        div.under {
            span.small { @if words.left_out > 0 {
                (lang.n("cohorts.left_out", u64::from(words.left_out), &[]))
            } }
            a.csv href=(csv(view, "words")) { (lang.t("chart.csv")) }
        }
    }
}

fn word_row(view: &View<'_>, frame: &Frame, row: &WordRow, sold: bool) -> Markup {
    let lang = view.lang;
    let period = frame.asked.period;
    let to = |who: &Who| Here::people(who, &row.segment).url();
    let retention = view.here.without(&OF_A_LIST).without(&["grid", "window", "scores"]).on("/retention");
    let retention = retention.with("segment", &row.segment).url();
    html! {
        tr {
            th scope="row" { a.who href=(to(&Who::All)) data-drawer { (row.word) } }
            td.r { a href=(to(&Who::AtEnd(period))) data-drawer { (lang.count(row.active)) } }
            @if sold {
                td.r { @match row.sold {
                    Some((customers, money)) => {
                        a href=(to(&Who::Ordered(period))) data-drawer { (lang.money(money)) }
                        small { (lang.n("people.count", customers, &[])) }
                    }
                    None => "–",
                } }
            }
            (kept_cell(lang, row.kept, row.interval, &to(&Who::Kept(period))))
            td { a href=(retention) { (lang.f("segments.look_at", &[("word", &row.word)])) } }
        }
    }
}

/// One group.
pub fn group(view: &View<'_>, page: &GroupPage) -> Markup {
    let (lang, frame, choice) = (view.lang, &page.frame, &page.choice);
    let name = lang.word_or("group", &page.group);
    let all = view.here.without(&OF_A_LIST).on("/segments").url();
    let list = Here::people(&in_group(choice, &page.group), &frame.asked.segment).on("/customers.csv").url();
    shell(
        view,
        &frame.workspace,
        "nav.segments",
        &name,
        html! {
            p.crumb { a href=(all) { (lang.t("segments.title")) } " / "
                span { (lang.word_or("groups.family", page.family.word())) } }
            (head::titled(view, frame, (&name, &lang.word_or("segments.do", &page.group)), &list))
            section.card.kpis aria-label=(lang.t("customer.numbers")) {
                @for number in &page.numbers { (tile(lang, frame, number)) }
            }
            div.two {
                (sizes(view, &page.size))
                (traits(lang, page))
            }
            div.two.even #came {
                (ways(view, page, "moves.came", |moves| &moves.0, |one| one.from.as_deref()))
                (ways(view, page, "moves.went", |moves| &moves.1, |one| one.to.as_deref()))
            }
            section.card #people aria-labelledby="people-title" {
                header {
                    div { h2 #people-title { (lang.f("segments.people", &[("group", &name), ("date", &moves::dates(lang, choice).1)])) } }
                    div.tools { a.btn href=(people(frame, &in_group(choice, &page.group))) { (icon("people")) (lang.t("overdue.all")) } }
                }
                (super::people::within(view, &page.people))
            }
            (freshness(lang, &frame.freshness))
        },
    )
}

fn tile(lang: Lang, frame: &Frame, number: &Number) -> Markup {
    let value = number.value.as_ref().map(|value| lang.value(value));
    html! {
        article.kpi.plain {
            h2.lab { span { (lang.word_or("segments.number", &number.id)) } }
            p.val.num { @match value {
                Some(value) => a href=(people(frame, &number.people)) data-drawer { (value) },
                None => "–",
            } }
            p.delta.num { @if let Some(below) = &number.below { (lang.sentence(below)) } }
        }
    }
}

fn sizes(view: &View<'_>, content: &Slot<Sizes>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="sizes-title" {
            header { div { h2 #sizes-title { (lang.t("sizes.title")) } p { (lang.t("sizes.sub")) } } }
            (slot(view, content, |sizes| size_chart(view, sizes)))
        }
    }
}

fn size_values(sizes: &Sizes) -> Vec<At> {
    let at = |(day, customers): &(terms::Date, u64)| At { x: f64::from(day.0), y: *customers as f64, interval: None };
    sizes.points.iter().map(at).collect()
}

/// Nobody is half a customer: marks between two whole ones have no label.
fn whole(lang: Lang, value: f64) -> String {
    if value.fract() == 0.0 { lang.num(value, 0) } else { String::new() }
}

fn size_chart(view: &View<'_>, sizes: &Sizes) -> Markup {
    let lang = view.lang;
    let Some(drawn) = line(&size_values(sizes), BOX, Shape::Straight, Floor::Zero) else { return html! {} };
    let end = sizes.points.last().map(|(_, customers)| lang.count(*customers));
    html! {
        (plot(&drawn, &month_marks(lang, &drawn), &note_marks(lang, &drawn, &sizes.notes), end, &|value| whole(lang, value)))
        p.says { (size_says(lang, sizes)) }
        div.under { (as_table(view, "sizes", size_table(lang, sizes))) }
    }
}

/// The chart of the page of a group as an image: `sizes`.
pub fn group_image(part: &str, view: &View<'_>, page: &GroupPage) -> Option<Image> {
    let (ink, lang) = (Ink::of(view.theme), view.lang);
    let sizes = ready(&page.size).filter(|_| part == "sizes")?;
    let end = lang.count(sizes.points.last()?.1);
    let run = Run { values: &size_values(sizes), shape: Shape::Straight, floor: Floor::Zero };
    let mark = |_: &Axis, value: f64| whole(lang, value);
    images::line(ink, &run, &mark, &month_numbers, &|drawn| noted(drawn, &sizes.notes), &end)
}

fn size_says(lang: Lang, sizes: &Sizes) -> String {
    let (Some(first), Some(last)) = (sizes.points.first(), sizes.points.last()) else { return String::new() };
    let day = |point: &(terms::Date, u64)| lang.date(point.0.plus(-1));
    lang.n("sizes.says", last.1, &[("date", &day(last)), ("before", &lang.count(first.1)), ("since", &day(first))])
}

fn size_table(lang: Lang, sizes: &Sizes) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("sizes.title")) }
            thead { tr { th scope="col" { (lang.t("daily.day")) } th.r scope="col" { (lang.t("cohorts.size")) } } }
            tbody { @for (day, customers) in &sizes.points { tr {
                th scope="row" { (lang.date(day.plus(-1))) } td.r { (lang.count(*customers)) }
            } } }
        }
    }
}

fn traits(lang: Lang, page: &GroupPage) -> Markup {
    html! {
        section.card aria-labelledby="traits-title" {
            header { div {
                h2 #traits-title { (lang.t("traits.title")) }
                p { (lang.word_or("segments.rule", page.choice.grid.preset.id())) }
            } }
            @match &page.traits {
                Some(traits) => div.pad { dl.kv { (trait_rows(lang, traits)) } },
                None => div.empty { h3 { (lang.t("people.nobody")) } p { (lang.t("traits.nobody")) } },
            }
        }
    }
}

fn trait_rows(lang: Lang, traits: &Traits) -> Markup {
    let (days, orders, spend) = (traits.days, traits.orders, traits.spend);
    let ends = |key: &str, low: u64, high: u64| lang.n(key, high, &[("low", &lang.count(low))]);
    let one = |low: u64, high: u64, single: &str, both: &str| {
        if low == high { lang.n(single, low, &[]) } else { ends(both, low, high) }
    };
    let rows = [
        (
            "squares.recency",
            one(u64::from(days.0), u64::from(days.1), "unit.days_ago", "segments.days.between"),
            traits.r,
        ),
        ("squares.frequency", one(orders.0, orders.1, "unit.orders", "segments.orders.between"), traits.f),
        (
            "segments.money",
            lang.f("segments.money.between", &[("low", &lang.money(spend.0)), ("high", &lang.money(spend.1))]),
            traits.m,
        ),
    ];
    html! {
        @for (label, text, (low, high)) in rows {
            dt { (lang.t(label)) }
            dd.num { (text) small { " " (score(lang, low, high)) } }
        }
    }
}

fn score(lang: Lang, low: u8, high: u8) -> String {
    let key = if low == high { "traits.score" } else { "traits.scores" };
    lang.f(key, &[("low", &low.to_string()), ("high", &high.to_string())])
}

/// Where they were, and where they went.
type Ways = (Vec<Move>, Vec<Move>);

/// Where they were, or where they went: a bar and a number for each, which opens.
fn ways(
    view: &View<'_>,
    page: &GroupPage,
    key: &str,
    side: fn(&Ways) -> &Vec<Move>,
    other: fn(&Move) -> Option<&str>,
) -> Markup {
    let (lang, choice) = (view.lang, &page.choice);
    let id = key.replace('.', "-");
    let (since, on) = moves::dates(lang, choice);
    let name = lang.word_or("group", &page.group);
    let sub = lang.f(&format!("{key}_sub"), &[("group", &name), ("since", &since), ("date", &on)]);
    html! {
        section.card aria-labelledby=(id) {
            header { div { h2 id=(id) { (lang.t(key)) } p { (sub) } } }
            (slot(view, &page.moves, |content| {
                let list = side(content);
                let most = list.iter().map(|one| one.customers).max().unwrap_or(0).max(1) as f64;
                html! {
                    @if list.is_empty() { div.empty { p { (lang.t("moves.nobody")) } } }
                    ul.tops.ways { @for one in list {
                        li { a href=(people(&page.frame, &moves::who(choice, one))) data-drawer data-tip=(moves::says(lang, one)) {
                            span { @if other(one) == Some(page.group.as_str()) { (lang.t("moves.same")) }
                                @else { (moves::name(lang, other(one))) } }
                            span.tr { i style={ "width:" (short(one.customers as f64 / most * 100.0)) "%" } {} }
                            b.num { (lang.count(one.customers)) }
                        } }
                    } }
                }
            }))
        }
    }
}

/// The list of the page of a group, which is also the part `people`.
pub fn group_part(name: &str, view: &View<'_>, page: &GroupPage) -> Option<Markup> {
    (name == "people").then(|| super::people::within(view, &page.people))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_said_as_one_or_as_two() {
        assert_eq!(score(Lang::En, 5, 5), "score 5");
        assert_eq!(score(Lang::En, 4, 5), "scores 4 to 5");
    }
}
