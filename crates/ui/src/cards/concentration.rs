//! How much of the revenue comes from how few.

use maud::{Markup, html};
use reports::pages::retention::{Concentration, TopShare};
use reports::pages::{Frame, Slot, Who};

use super::{as_table, people};
use crate::Lang;
use crate::charts::Size;
use crate::charts::lorenz::lorenz;
use crate::images::{self, Image, Ink};
use crate::parts::slot;
use crate::shell::View;

const BOX: Size = Size { w: 400.0, h: 220.0 };

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Concentration>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="concentration-title" {
            header { div { h2 #concentration-title { (lang.t("concentration.title")) } p { (lang.t("concentration.sub")) } } }
            (slot(view, content, |content| body(view, frame, content)))
        }
    }
}

fn body(view: &View<'_>, frame: &Frame, content: &Concentration) -> Markup {
    let lang = view.lang;
    html! {
        div.conc {
            (curve(lang, content))
            div {
                ul.tops { @for top in &content.top { (bar(lang, frame, top)) } }
                p.says { (says(lang, content)) }
            }
        }
        div.under { (as_table(view, "concentration", table(lang, content))) }
    }
}

/// The curve as an image.
pub(crate) fn image(ink: &Ink, lang: Lang, content: &Concentration) -> Option<Image> {
    images::lorenz(ink, &content.lorenz, &|share| lang.pct(share, 0))
}

fn curve(lang: Lang, content: &Concentration) -> Markup {
    let Some(drawn) = lorenz(&content.lorenz, BOX) else { return html! {} };
    html! {
        div.plot.square aria-hidden="true" {
            @for mark in [0.0, 0.5, 1.0] {
                i.grid style={ "top:" (crate::charts::short(BOX.h * (1.0 - mark))) "px" } {}
                span.ylab.num style={ "top:" (crate::charts::short(BOX.h * (1.0 - mark))) "px" } { (lang.pct(mark, 0)) }
                span.xlab.num style={ "left:" (mark * 100.0) "%" } { (lang.pct(mark, 0)) }
            }
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" {
                path.band d=(drawn.area) {}
                path.even d={ "M0 " (BOX.h) "L" (BOX.w) " 0" } {}
                path.ln d=(drawn.curve) {}
            }
            span.in.even { (lang.t("concentration.even")) }
            span.in.gap { (lang.t("concentration.gap")) }
        }
        p.axis { (lang.t("concentration.axis")) }
    }
}

fn bar(lang: Lang, frame: &Frame, top: &TopShare) -> Markup {
    let (share, percent) = (lang.pct(top.share, 1), lang.pct(f64::from(top.percent) / 100.0, 0));
    let tip = lang.n("concentration.top_says", top.customers, &[("percent", &percent), ("share", &share)]);
    html! {
        li { a href=(people(frame, &Who::Top(top.percent))) data-drawer data-tip=(tip) {
            span { (lang.f("concentration.top", &[("percent", &percent)])) }
            small.num { (lang.n("people.count", top.customers, &[])) }
            span.tr { i style={ "width:" (crate::charts::short(top.share.clamp(0.0, 1.0) * 100.0)) "%" } {} }
            b.num { (share) }
        } }
    }
}

fn says(lang: Lang, content: &Concentration) -> String {
    let (gini, spend) = (lang.num(content.gini, 2), lang.money(content.spend));
    lang.n("concentration.says", content.customers, &[("gini", &gini), ("spend", &spend)])
}

fn table(lang: Lang, content: &Concentration) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("concentration.title")) }
            thead { tr {
                th scope="col" { (lang.t("concentration.largest")) }
                th.r scope="col" { (lang.t("cohorts.size")) }
                th.r scope="col" { (lang.t("concentration.share")) }
            } }
            tbody { @for top in &content.top { tr {
                th scope="row" { (lang.pct(f64::from(top.percent) / 100.0, 0)) }
                td.r { (lang.count(top.customers)) }
                td.r { (lang.pct(top.share, 1)) }
            } } }
        }
    }
}
