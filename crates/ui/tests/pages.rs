//! The pages as a browser gets them: complete, translated, linked, small.

use std::collections::BTreeSet;
use std::io::Write;

use reports::pages::brief::{Told, sentences};
use reports::pages::cohorts::CohortsPage;
use reports::pages::customer::{CustomerPage, State, Worth};
use reports::pages::metrics::{MetricsPage, cards};
use reports::pages::people::PeoplePage;
use reports::pages::retention::RetentionPage;
use reports::pages::revenue::{Lost, Migration, MovementStep, Movements, Paid, PlanRow, Plans, RevenuePage};
use reports::pages::segments::SegmentsPage;
use reports::pages::settings::{Counted, LANGUAGES};
use reports::pages::{
    Better, Cells, Figure, FirstRun, Rule, Sentence, Slot, TooLittle, Trouble, Value, Who, Workspace,
};
use terms::{Money, Share};
use ui::{Here, Lang, Theme, View, assets, pages};

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn retention() -> RetentionPage {
    let mut page: RetentionPage = read("retention");
    let pounds = |minor| Money { minor, currency: page.frame.workspace.currency };
    page.brief.sentences = sentences(&Told {
        retention: Share { part: 2440, whole: 2639 },
        before: Some((Share { part: 2107, whole: 2362 }, "2011-10".parse().unwrap())),
        revenue: Some(pounds(116_181_738)),
        revenue_before: Some(pounds(103_931_879)),
        overdue: Some((224, pounds(42_075_700))),
    });
    page
}

/// The page of groups of a business without orders: what it can say, and why it says no more.
fn without_orders() -> SegmentsPage {
    let mut page: SegmentsPage = read("segments");
    let missing = TooLittle { why: Sentence::new("segments.no_orders", []), ready_on: None };
    page.brief.clear();
    page.scored = Slot::TooLittle(missing.clone());
    page.moves = Slot::TooLittle(missing.clone());
    page.table = Slot::TooLittle(missing);
    if let Slot::Ready(words) = &mut page.words {
        words.rows.iter_mut().for_each(|row| row.sold = None);
    }
    page
}

fn trouble() -> Trouble {
    Trouble {
        code: "history.busy".into(),
        message: "The history is being rewritten.".into(),
        hint: Some("Try again in a minute.".into()),
        number: Some("7".into()),
    }
}

/// Two months of recurring revenue, the second still running, with all that a page can say of them.
fn revenue() -> RevenuePage {
    let page = retention();
    let money = |minor| Money { minor, currency: page.frame.workspace.currency };
    let paid = |customers, minor| Paid { customers, money: money(minor) };
    let parts = |amounts: [i64; 5]| {
        let words = ["new", "expansion", "reactivation", "contraction", "churn"];
        words.iter().zip(amounts).map(|(word, minor)| ((*word).to_owned(), paid(u64::from(minor > 0), minor))).collect()
    };
    let step = |period: &str, complete, start: Paid, end: Paid, amounts| MovementStep {
        period: period.parse().unwrap(),
        complete,
        start,
        end,
        parts: parts(amounts),
        fx: money(-500),
        net: money(end.money.minor - start.money.minor),
    };
    let (first, second, third) = (paid(0, 0), paid(6, 60_000), paid(7, 65_500));
    let period = page.frame.asked.period;
    let profile = page.frame.asked.profile;
    let who = |part: &str| Some(Who::Mrr { period, part: part.to_owned(), plan: None, profile });
    let mrr = ("mrr", Value::Money(money(65_500)));
    let figure = |id: &str, value: Value| Figure {
        id: id.to_owned(),
        value: Some(value.clone()),
        before: Some(value),
        better: Better::Up,
        terms: vec![Value::Money(money(60_000)), Value::Count(7)],
        interval: None,
        n: 7,
        history: vec![1.0, 2.0, 3.0],
        people: Who::Mrr { period, part: "end".to_owned(), plan: None, profile },
    };
    let mut frame = page.frame.clone();
    frame.workspace.contracts = true;
    frame.rule = Rule::Contract;
    RevenuePage {
        brief: vec![
            (Sentence::new("brief.mrr.rose", [mrr.clone(), ("change", Value::Change(0.09))]), None),
            (Sentence::new("brief.mrr.lost", [("n", Value::Count(1)), mrr.clone()]), who("churn")),
            (Sentence::new("brief.mrr.scheduled", [("n", Value::Count(2)), mrr]), who("scheduled")),
        ],
        figures: vec![
            figure("mrr", Value::Money(money(65_500))),
            figure("net_new_mrr", Value::Money(money(-500))),
            figure("nrr", Value::Rate(0.9)),
            figure("grr", Value::Rate(0.85)),
            figure("quick_ratio", Value::Word("revenue.no_losses".to_owned())),
            figure("arpa", Value::Money(money(9_357))),
        ],
        movements: Slot::Ready(Movements {
            steps: vec![
                step("2011-10", true, first, second, [60_000, 0, 0, 0, 0]),
                step("2011-11", false, second, third, [9_000, 3_000, 3_000, 3_000, 6_000]),
            ],
            others: vec![Paid { customers: 2, money: Money { minor: 9_900, currency: "USD".parse().unwrap() } }],
            unknown: 3,
        }),
        lost: Slot::Ready(Lost {
            classes: ["voluntary", "involuntary", "dispute", "unknown"]
                .map(|word| (word.to_owned(), paid(1, 6_000)))
                .to_vec(),
            scheduled: paid(2, 4_000),
        }),
        plans: Slot::Ready(Plans {
            rows: vec![
                PlanRow { plan: "retail".into(), start: second, end: third },
                PlanRow { plan: String::new(), start: second, end: paid(0, 0) },
            ],
            rows_left_out: 4,
            migrations: vec![Migration {
                day: period.start,
                from: "online".into(),
                to: "retail".into(),
                before: paid(12, 12_000),
                after: money(14_400),
            }],
        }),
        frame,
    }
}

/// The same page of a business without contracts.
fn no_revenue() -> RevenuePage {
    let mut page = revenue();
    page.frame.workspace.contracts = false;
    page.brief.clear();
    page.figures.clear();
    let why = Sentence::new("empty.no_contracts", []);
    page.movements = Slot::TooLittle(TooLittle { why, ready_on: None });
    page
}

/// Filters that let nobody through.
fn nobody_fits() -> PeoplePage {
    let mut page: PeoplePage = read("people");
    page.rows.clear();
    page.total = 0;
    page
}

/// Everybody, where contracts say who is a customer, and nothing is chosen.
fn members() -> PeoplePage {
    let mut page: PeoplePage = read("people");
    page.rule = Rule::Contract;
    page.who = Who::All;
    page.chips.clear();
    page.share = None;
    page.filters.orders = false;
    page
}

/// Somebody who was only ever heard of.
fn never() -> CustomerPage {
    let mut page: CustomerPage = read("customer");
    page.state = State::Never;
    page.group = None;
    page.overdue = false;
    page.orders = 0;
    page.timeline.entries.clear();
    page.timeline.kinds.clear();
    page.timeline.total = 0;
    page.groups.clear();
    page.notes.clear();
    page.value = Worth { paid: None, costs: Vec::new(), invoiced: None, other_currency: 0, ..page.value };
    page.months.iter_mut().for_each(|month| month.orders = 0);
    page
}

fn definitions(workspace: &Workspace) -> MetricsPage {
    let by = Counted {
        rule: reports::pages::Rule::Purchase,
        event: None,
        window_days: Some(183),
        basis: "ended_gaps".into(),
    };
    MetricsPage { workspace: workspace.clone(), by: Some(by), chosen: false, cards: cards() }
}

/// Every page in every state worth a look.
fn all(lang: Lang, theme: Theme) -> Vec<(&'static str, String)> {
    let here = Here::new("/retention", [("period".to_owned(), "2011-11".to_owned())]);
    let view = View { lang, theme, here: &here, csrf: "token" };
    let page = retention();
    let workspace: Workspace = page.frame.workspace.clone();

    let mut countries = page.clone();
    countries.frame.asked.by = "country".into();
    countries.frame.asked.cells = Cells::Revenue;
    countries.cohorts = Slot::Ready(read("cohorts_by_country"));

    let mut thin = page.clone();
    let missing =
        TooLittle { why: Sentence::new("empty.need_two_steps", []), ready_on: Some("2012-01-01".parse().unwrap()) };
    thin.cohorts = Slot::TooLittle(missing.clone());
    thin.daily = Slot::TooLittle(missing.clone());
    thin.survival = Slot::Failed(trouble());
    thin.figures.iter_mut().for_each(|figure| {
        figure.value = None;
        figure.before = None;
        figure.history.clear();
    });
    if let Slot::Ready(overdue) = &mut thin.overdue {
        overdue.rows.clear();
        overdue.total = 0;
    }
    let first = FirstRun { workspace: Workspace { sample: false, ..workspace.clone() }, too_little: None };
    let young = FirstRun { too_little: Some(missing), ..first.clone() };
    let there = Here::new("/cohorts", [("grain".to_owned(), "month".to_owned())]);
    let beside = View { here: &there, ..view };
    let cohorts: CohortsPage = read("cohorts");
    let mut shut = cohorts.clone();
    shut.cohorts = thin.cohorts.clone();
    shut.curves = Slot::TooLittle(TooLittle { why: Sentence::new("empty.need_two_steps", []), ready_on: None });
    shut.comparison = Slot::Failed(trouble());
    shut.builder.starts.extend(["contract", "event", "event:sign up"].map(str::to_owned));
    shut.builder.heres.extend(["contract", "event", "event:sign up"].map(str::to_owned));
    shut.builder.rule = Rule::Contract;
    let mut money = cohorts.clone();
    money.frame.asked.cells = Cells::Spend;
    money.frame.asked.by = "country".into();
    money.builder.rule = Rule::Event;

    let heres = ["/segments", "/segments/at_risk", "/revenue"].map(|path| Here::new(path, here.pairs().to_vec()));
    let at = |path: &str| {
        let here = heres.iter().find(|here| here.path() == path).unwrap();
        View { here, ..view }
    };
    let until = "2012-01-08".parse().unwrap();
    let pages = [
        ("retention", pages::retention::page(&view, &page)),
        ("countries", pages::retention::page(&view, &countries)),
        ("thin", pages::retention::page(&view, &thin)),
        ("first", pages::first_run(&view, &first, "nav.retention", "retention")),
        ("young", pages::first_run(&view, &young, "nav.retention", "retention")),
        ("revenue", pages::revenue::page(&at("/revenue"), &revenue())),
        ("no contracts", pages::revenue::page(&at("/revenue"), &no_revenue())),
        ("overview", pages::overview::page(&view, &read("overview"))),
        ("cohorts", pages::cohorts::page(&beside, &cohorts)),
        ("cohorts without", pages::cohorts::page(&beside, &shut)),
        ("cohorts in money", pages::cohorts::page(&beside, &money)),
        ("cohorts first", pages::first_run(&beside, &first, "nav.cohorts", "cohorts.page")),
        ("segments", pages::segments::page(&at("/segments"), &read("segments"))),
        ("no orders", pages::segments::page(&at("/segments"), &without_orders())),
        ("group", pages::segments::group(&at("/segments/at_risk"), &read("group"))),
        ("first of segments", pages::first_run(&view, &first, "nav.segments", "segments")),
        ("people", pages::people::page(&view, &read("people"))),
        ("nobody fits", pages::people::page(&view, &nobody_fits())),
        ("members", pages::people::page(&view, &members())),
        ("customer", pages::customer::page(&view, &read("customer"))),
        ("never a customer", pages::customer::page(&view, &never())),
        ("data", pages::data::page(&view, &read("data"))),
        ("running", pages::data::page(&view, &read("data_running"))),
        ("match", pages::data::match_columns(&view, &read("match"))),
        ("metrics", pages::metrics::page(&view, &definitions(&workspace))),
        ("workspace", pages::settings::page(&view, &read("settings_workspace"))),
        ("definitions", pages::settings::page(&view, &read("settings_definitions"))),
        ("notes", pages::settings::page(&view, &read("settings_notes"))),
        ("links", pages::settings::link_made(&view, &read("settings_links"), "https://shop.example/s/0a1b")),
        ("shared", pages::shared::retention(&view, &page, until)),
        ("shared, too early", pages::shared::nothing_yet(&view, &workspace, until)),
        ("shared, gone", pages::shared::gone(&view)),
        ("shared, broken", pages::shared::trouble(&view, Some("7"))),
        ("trouble", pages::trouble::page(&view, &workspace, &trouble())),
        ("not found", pages::trouble::not_found(&view, &workspace)),
    ];
    pages.map(|(name, markup)| (name, markup.into_string())).into()
}

/// The values of an attribute, in order.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// What a reader sees or hears: texts between tags and spoken labels.
fn texts(html: &str) -> String {
    let mut out = String::new();
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        for name in ["aria-label", "placeholder", "title"] {
            out.extend(attributes(tag, name).into_iter().flat_map(|label| [label, " "]));
        }
        out.push_str(text);
        out.push(' ');
    }
    out
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn every_key_has_its_text() {
    for lang in Lang::ALL {
        for (name, html) in all(lang, Theme::Auto) {
            assert!(!html.contains('⟨'), "{name} {}: {:?}", lang.tag(), html.split('⟨').nth(1).map(|s| &s[..60]));
            assert!(!texts(&html).contains('{'), "{name} {}: a value was not filled in", lang.tag());
        }
    }
}

/// Latin words on a Chinese page are data, names, or terms of the trade: anything else is text left in a template.
#[test]
fn no_text_is_left_in_a_template() {
    let known: BTreeSet<&str> = "English Suomi Online Retail Regulars United Kingdom Germany France EIRE Spain \
        Netherlands Belgium Switzerland Portugal Australia Norway Italy Finland Channel Islands Denmark Cyprus \
        Sweden Israel Canada European Community Austria Japan Poland Greece Singapore Iceland RFM CSV Excel JSON Lines Parquet gzip Kaplan Meier \
        Ctrl Christmas catalogue sent GBP MB online retail parquet orders csv shop windows Tilausnro Asiakas \
        Päivä Summa Huom soitettu tilaukset history busy Ana Ben Cem Gini regulars toml Europe London EUR Asia Taipei Shanghai retention \
        unknown zone period prices and more lines refunds order basket login The is being rewritten Try again in a minute cannot date read the CLV CAC \
        Shopify Klaviyo NPS CSAT CES Arab Arabia Bahrain Brazil Czech Emirates Lebanon Lithuania Malta Newcombe RSA Republic Saudi USA \
        Unspecified sign up MRR NRR GRR ARPA Dia Eva Fay Stripe ChartMogul ProfitWell Baremetrics churn min"
        .split_whitespace()
        .collect();
    for lang in [Lang::ZhHant, Lang::ZhHans] {
        for (name, html) in all(lang, Theme::Auto) {
            let mut text = texts(&html).replace("&amp;", "&").replace("&quot;", "\"").replace("&lt;", "<");
            // Sources of definitions are named as they are, and marked as English; ids are for programs.
            // All sources first: an id such as `rfm` is part of a name in one of them. The longest first: one may begin
            // like another.
            let mut known_as: Vec<Vec<String>> = vec![
                cards().into_iter().map(|card| card.source).collect(),
                cards().into_iter().map(|card| card.id).collect(),
            ];
            for names in &mut known_as {
                names.sort_by_key(|name| std::cmp::Reverse(name.len()));
                names.iter().for_each(|name| text = text.replace(name.as_str(), ""));
            }
            let words = text.split(|c: char| !c.is_alphabetic() || c > '\u{24f}').filter(|word| word.len() > 2);
            let foreign: BTreeSet<&str> = words.filter(|word| !known.contains(word)).collect();
            assert!(foreign.is_empty(), "{name} {}: {foreign:?}", lang.tag());
        }
    }
}

#[test]
fn no_link_is_dead() {
    // What `web` must answer; see the list in `ui::pages`.
    let routes = [
        "/",
        "/overview.csv",
        "/overview.png",
        "/retention",
        "/retention.csv",
        "/retention.png",
        "/revenue",
        "/revenue.csv",
        "/revenue.png",
        "/cohorts",
        "/cohorts.csv",
        "/cohorts.png",
        "/segments",
        "/segments.csv",
        "/segments.png",
        "/customers",
        "/customers.csv",
        "/data",
        "/data/rejects.csv",
        "/help/metrics",
        "/settings",
        "/settings/workspace",
        "/settings/definitions",
        "/settings/notes",
        "/settings/links",
    ];
    let posts = [
        "/preferences",
        "/sample",
        "/sample/remove",
        "/customers",
        "/data/upload",
        "/data/match",
        "/data/undo",
        "/settings/workspace",
        "/settings/definitions",
        "/notes",
        "/notes/remove",
        "/share",
        "/share/revoke",
    ];
    for (name, html) in all(Lang::En, Theme::Auto) {
        let ids: BTreeSet<&str> = attributes(&html, "id").into_iter().collect();
        for link in attributes(&html, "href") {
            let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let path = path.split('?').next().unwrap();
            let there = path.is_empty()
                || routes.contains(&path)
                || path.starts_with("/customers/")
                || path.starts_with("/segments/")
                || path.starts_with("https://shop.example/s/")
                || path.strip_prefix("/static/").is_some_and(|path| assets::get(path).is_some());
            assert!(there, "{name}: {link}");
            if let Some(anchor) = anchor.filter(|_| path.is_empty()) {
                assert!(ids.contains(anchor), "{name}: {link}");
            }
        }
        for form in html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            let action = attributes(form, "action").first().map(|action| action.split('#').next().unwrap());
            if attributes(form, "method").first() == Some(&"post") {
                let of_customer = action.is_some_and(|action| action.starts_with("/customers/"));
                assert!(of_customer || posts.contains(&action.unwrap()), "{name}: {action:?}");
                assert!(form.contains("name=\"csrf\" value=\"token\""), "{name}: {action:?} has no token");
            } else if let Some(action) = action {
                let group = action.starts_with("/segments/");
                assert!(group || routes.contains(&action), "{name}: {action}");
            }
        }
    }
}

/// Every address of people on the page says a group that can be read back.
#[test]
fn every_number_opens_to_people() {
    let html = all(Lang::En, Theme::Auto).swap_remove(0).1;
    let mut kinds = BTreeSet::new();
    for link in attributes(&html, "href").into_iter().filter(|link| link.starts_with("/customers?")) {
        let pairs: Vec<(String, String)> = link
            .split_once('?')
            .unwrap()
            .1
            .split("&amp;")
            .map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
            .collect();
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
        let who = Who::from_pairs(get).unwrap_or_else(|| panic!("{link}"));
        kinds.insert(who.word());
    }
    let wanted = ["active", "cohort", "flow", "group", "kept", "lost", "ordered", "overdue", "repeat", "top"];
    assert_eq!(kinds, BTreeSet::from(wanted));
}

#[test]
fn the_page_holds_together() {
    for lang in Lang::ALL {
        for (name, html) in all(lang, Theme::Dark) {
            let ids = attributes(&html, "id");
            let unique: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), unique.len(), "{name}: an id stands twice");
            for reference in ["aria-labelledby", "popovertarget", "for", "aria-describedby"] {
                for id in attributes(&html, reference).iter().flat_map(|ids| ids.split(' ')) {
                    // The drawer's title comes with what is loaded into it.
                    assert!(unique.contains(id) || id == "drawer-title", "{name}: {reference} {id}");
                }
            }
            assert_eq!(html.matches("<h1").count(), 1, "{name}: one h1");
            assert!(html.contains(&format!("<html lang=\"{}\" data-theme=\"dark\">", lang.tag())), "{name}");
            assert!(!html.contains("<script>") && !html.contains("<style"), "{name}: the policy forbids it");
            assert!(!html.contains(">NaN") && !html.contains("inf%"), "{name}");
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_shop() {
    let html = all(Lang::En, Theme::Auto).swap_remove(0).1;
    for text in [
        "Dec 2010, month 1: 37%, 324 of 885 customers, likely between 34% and 40%",
        "Jan 2011, month 2: 27%, 111 of 417 customers, likely between 23% and 31%",
        "Nov 2011, month 1: 11%, 36 of 323 customers, likely between 8% and 15%, still counting",
        "2,440 ÷ 2,639 = 92.5%",
        "Data up to 9 Dec 2011, 12:50.",
        "135,080 rows set aside:",
        "Customer retention rose by 3.3 points to 92.5%.",
        "199 customers left, against 255 in Oct 2011.",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

/// The Cohorts page of the sample: recounted from the invoices, see `tests/browser/cohorts.test.mjs`.
#[test]
fn two_groups_and_lines_are_those_of_the_shop() {
    let html = all(Lang::En, Theme::Auto).into_iter().find(|page| page.0 == "cohorts").unwrap().1;
    for text in [
        "Weighted average, month 1: 24%, 940 of 3,974 customers",
        "1,620 customers, began 1 Jun 2011 – 31 Dec 2011",
        "267 of 1,256",
        "673 of 2,718",
        "−3.5 (−6.2 to −0.7)",
        "More of “Older customers” are here",
        "Too early to tell whether newer customers stay better than older ones.",
        "Average: 24% in step 1, 50% in step 11.",
        "name=\"cohort\" value=\"2011-03\" checked",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let ticks = html.matches("name=\"cohort\"").count();
    assert_eq!((ticks, html.matches(" disabled").count()), (13, 0));
}

#[test]
fn data_is_escaped() {
    let mut page: pages_model::PeoplePage = read("people");
    page.rows[0].name = Some("<script>alert(1)</script>".into());
    page.rows[0].id = "a/b?c=\"d\"".into();
    page.list.q = "\"><b>".into();
    let here = Here::new("/customers", [("q".to_owned(), "\"><b>".to_owned())]);
    let view = View { lang: Lang::En, theme: Theme::Auto, here: &here, csrf: "" };
    let html = pages::people::page(&view, &page).into_string() + &pages::people::drawer(&view, &page).into_string();
    assert!(!html.contains("<script>alert") && !html.contains("\"><b>"));
    assert!(html.contains("/customers/a%2Fb%3Fc%3D%22d%22"));
}

/// The groups of the page and of one of them: each number leads to people, and the moves to both ends of them.
#[test]
fn groups_open_to_people() {
    let pages = all(Lang::En, Theme::Auto);
    let kinds = |page: &str| -> BTreeSet<String> {
        let html = &pages.iter().find(|(name, _)| *name == page).unwrap().1;
        let links = attributes(html, "href").into_iter().filter(|link| link.starts_with("/customers?"));
        links
            .map(|link| {
                let pairs: Vec<(&str, &str)> =
                    link.split_once('?').unwrap().1.split("&amp;").filter_map(|pair| pair.split_once('=')).collect();
                let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1);
                Who::from_pairs(get).unwrap_or_else(|| panic!("{link}")).word().to_owned()
            })
            .collect()
    };
    let wanted = ["active", "all", "group-kept", "in-family", "in-group", "kept", "moved", "ordered", "scored"];
    assert_eq!(kinds("segments"), wanted.map(str::to_owned).into());
    assert_eq!(kinds("group"), ["group-kept", "in-group", "moved"].map(str::to_owned).into());
    let none = &pages.iter().find(|(name, _)| *name == "no orders").unwrap().1;
    assert!(none.contains("RFM groups are made from orders") && none.contains("By country"));
    assert!(!none.contains("data-part=\"groups\"") && !none.contains("What each score stands for"));
}

#[test]
fn what_is_known_of_a_customer_is_escaped() {
    let mut page: CustomerPage = read("customer");
    let evil = "<script>alert(1)</script>\"'>".to_owned();
    page.id = "../a?b#c.json".into();
    page.name = Some(evil.clone());
    page.notes[0].text.clone_from(&evil);
    page.facts[0].value.clone_from(&evil);
    page.facts[0].source = Some(evil.clone());
    page.timeline.entries[0].quote = Some(evil.clone());
    page.timeline.entries[0].what = Sentence::new("happened.order", [("id", Value::Text(evil.clone()))]);
    let order = page.timeline.entries.iter_mut().find(|entry| !entry.lines.is_empty()).unwrap();
    order.lines[0].product.clone_from(&evil);
    order.order = Some((evil, 3));
    let here = Here::new("/customers/..%2Fa%3Fb%23c.json", []);
    let view = View { lang: Lang::En, theme: Theme::Auto, here: &here, csrf: "" };
    let html = pages::customer::page(&view, &page).into_string();
    assert!(!html.contains("<script>alert"));
    // A number that ends like the export is told apart from it.
    assert!(html.contains("action=\"/customers/..%2Fa%3Fb%23c%2Ejson\""));
    assert!(html.contains("href=\"/customers/..%2Fa%3Fb%23c%2Ejson.json\""));
}

/// A chip takes away what it says and leaves the rest.
#[test]
fn each_filter_goes_away_on_its_own() {
    let pairs = [("who", "lost"), ("period", "2011-11"), ("rfm", "at_risk"), ("orders", "3"), ("page", "2")];
    let here = Here::new("/customers", pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let view = View { lang: Lang::En, theme: Theme::Auto, here: &here, csrf: "" };
    let html = pages::people::page(&view, &read("people")).into_string();
    let chips = html.split("<ul class=\"chips\"").nth(1).unwrap().split("</ul>").next().unwrap();
    let links = attributes(chips, "href");
    assert_eq!(
        links[..3],
        [
            "/customers?rfm=at_risk&amp;orders=3",
            "/customers?who=lost&amp;period=2011-11&amp;orders=3",
            "/customers?who=lost&amp;period=2011-11&amp;rfm=at_risk",
        ]
    );
    assert_eq!(attributes(chips, "aria-label")[2], "Remove filter: Group: At risk");
    let html = pages::people::page(&view, &nobody_fits()).into_string();
    assert!(html.contains("href=\"/customers?who=lost&amp;period=2011-11\""), "the way out keeps the number");
}

/// What a fragment holds is what the page holds, so that a swap changes nothing that was not asked for.
#[test]
fn parts_are_the_same_as_in_the_page() {
    let here = Here::new("/retention", []);
    let view = View { lang: Lang::Fi, theme: Theme::Auto, here: &here, csrf: "" };
    let page = retention();
    let whole = pages::retention::page(&view, &page).into_string();
    for name in pages::retention::PARTS {
        let part = pages::retention::part(name, &view, &page).unwrap().into_string();
        assert!(whole.contains(&part), "{name}");
    }
    assert!(pages::retention::part("everything", &view, &page).is_none());
    let page = read("cohorts");
    let whole = pages::cohorts::page(&view, &page).into_string();
    for name in pages::cohorts::PARTS {
        let part = pages::cohorts::part(name, &view, &page).unwrap().into_string();
        assert!(whole.contains(&part), "{name}");
    }
    assert!(pages::cohorts::part("everything", &view, &page).is_none());
    let page = read("segments");
    let whole = pages::segments::page(&view, &page).into_string();
    for name in pages::segments::PARTS {
        assert!(whole.contains(&pages::segments::part(name, &view, &page).unwrap().into_string()), "{name}");
    }
    assert!(pages::segments::part("everything", &view, &page).is_none());
    let page = read("group");
    let whole = pages::segments::group(&view, &page).into_string();
    assert!(whole.contains(&pages::segments::group_part("people", &view, &page).unwrap().into_string()));
}

#[test]
fn small_enough() {
    let asset = |name: &str| assets::get(assets::url(name).trim_start_matches("/static/")).unwrap().body.clone();
    for (name, bytes, limit) in [("app.css", asset("app.css"), 12), ("app.js", asset("app.js"), 12)] {
        let size = gzipped(&bytes);
        assert!(size <= limit * 1024, "{name} is {size} bytes");
    }
    for lang in Lang::ALL {
        for (name, html) in all(lang, Theme::Auto) {
            let size = gzipped(html.as_bytes());
            assert!(size <= 40 * 1024, "{name} {} is {size} bytes", lang.tag());
        }
    }
}

#[test]
fn an_unknown_rate_is_no_zero() {
    let html = &all(Lang::En, Theme::Auto)[2].1;
    assert!(html.contains("<p class=\"val num\">–</p>"));
    assert!(html.contains("It will be enough on 1 Jan 2012."));
    assert!(html.contains("The history is being rewritten."));
    let value = Value::Share(Share { part: 0, whole: 0 });
    assert_eq!(Lang::En.value(&value), "–");
}

use reports::pages::people as pages_model;

/// Every word of a card that a page shows is there in every language, and in English it is the card's own.
#[test]
fn every_card_has_its_words() {
    let parts = |card: &reports::pages::metrics::Card| {
        [
            ("title", card.title.clone()),
            ("question", card.question.clone()),
            ("formula", card.formula.clone()),
            ("example", card.example.clone()),
        ]
    };
    for card in cards() {
        for (part, own) in parts(&card) {
            let key = format!("card.{}.{part}", card.id);
            for lang in Lang::ALL {
                assert!(lang.knows(&key), "{}: no text for {key}", lang.tag());
                let foreign = lang != Lang::En && part != "title" && lang.t(&key) == own;
                assert!(!foreign, "{}: {key} is still English", lang.tag());
            }
            assert_eq!(Lang::En.t(&key), own, "{key}: the card and its English text differ");
        }
        let unit = format!("metrics.unit.{}", card.unit);
        assert!(Lang::En.knows(&unit), "no text for {unit}");
    }
    let ids: BTreeSet<String> = cards().into_iter().map(|card| card.id).collect();
    for key in Lang::En.keys().filter_map(|key| key.strip_prefix("card.")) {
        let id = key.rsplit_once('.').unwrap().0;
        assert!(ids.contains(id), "card.{key} belongs to no card");
    }
}

/// Wherever a page leads to a definition, there is one.
#[test]
fn every_definition_a_page_leads_to_is_there() {
    let workspace = retention().frame.workspace;
    let here = Here::new("/help/metrics", []);
    let view = View { lang: Lang::En, theme: Theme::Auto, here: &here, csrf: "" };
    let html = pages::metrics::page(&view, &definitions(&workspace)).into_string();
    let ids: BTreeSet<&str> = attributes(&html, "id").into_iter().collect();
    let mut seen = 0;
    for (name, page) in all(Lang::En, Theme::Auto) {
        for anchor in attributes(&page, "href").iter().filter_map(|link| link.strip_prefix("/help/metrics#")) {
            assert!(ids.contains(anchor), "{name}: no definition of {anchor}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "only {seen} links found");
    for key in Lang::En.keys().filter_map(|key| key.strip_prefix("kpi.")?.strip_suffix(".name")) {
        assert!(ids.contains(key), "no definition of the figure {key}");
    }
    for card in cards() {
        assert!(ids.contains(format!("card-{}", card.id).as_str()), "{}", card.id);
    }
}

#[test]
fn the_languages_of_settings_are_those_there_are() {
    assert_eq!(Lang::ALL.map(Lang::tag), LANGUAGES);
}

/// Whoever has a link reads one page: no way on, nobody named, nothing to send, and the numbers of the page itself.
#[test]
fn a_shared_page_leads_nowhere_and_names_nobody() {
    for lang in Lang::ALL {
        let pages = all(lang, Theme::Dark);
        for (name, html) in pages.iter().filter(|page| page.0.starts_with("shared")) {
            let links: Vec<&str> = attributes(html, "href");
            assert!(
                links.iter().all(|link| link.starts_with("/static/") || link.starts_with('#')),
                "{name}: {links:?}"
            );
            for word in ["<form", "<button", "<script", "<input", "<select", "<dialog", "/customers", "csrf", "popover"]
            {
                assert!(!html.contains(word), "{name} {}: {word}", lang.tag());
            }
            assert!(html.contains("content=\"noindex,nofollow\""), "{name}");
        }
        let shared = &pages.iter().find(|page| page.0 == "shared").unwrap().1;
        let page = retention();
        let Slot::Ready(overdue) = &page.overdue else { panic!("no list of people in the fixture") };
        assert!(overdue.rows.len() > 5);
        for row in &overdue.rows {
            assert!(!shared.contains(&row.id), "{} is on the shared page", row.id);
        }
        // The chart and its numbers are there all the same: what stands in a popover went with its button.
        let kept = lang.pct(2_440.0 / 2_639.0, 1);
        assert!(shared.contains("class=\"heat\"") && shared.contains(&kept), "{}: {kept}", lang.tag());
    }
}
