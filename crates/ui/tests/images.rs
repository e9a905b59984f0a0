//! Charts as PNG: each decodes, has its size and something on it, and is the same every time.

use std::collections::BTreeSet;

use reports::pages::cohorts::CohortsPage;
use reports::pages::overview::OverviewPage;
use reports::pages::retention::RetentionPage;
use reports::pages::segments::{GroupPage, SegmentsPage};
use reports::pages::{Cells, Slot};
use resvg::tiny_skia::Pixmap;
use ui::{Here, Image, Lang, Theme, View, pages};

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every chart there is, by its name.
fn all(lang: Lang, theme: Theme) -> Vec<(String, Image)> {
    let here = Here::new("/", []);
    let view = View { lang, theme, here: &here, csrf: "" };
    let mut found = Vec::new();
    let mut add = |page: &str, part: &str, image: Option<Image>| {
        found.push((format!("{page} {part}"), image.unwrap_or_else(|| panic!("{page} has no image of {part}"))));
    };
    let overview: OverviewPage = read("overview");
    for part in ["trend", "balance", "figure-retention"] {
        add("overview", part, pages::overview::image(part, &view, &overview));
    }
    let mut running = overview.clone();
    running.frame.asked.complete = false;
    add("running", "balance", pages::overview::image("balance", &view, &running));
    let retention: RetentionPage = read("retention");
    for part in ["cohorts", "daily", "survival", "flow", "groups", "concentration", "figure-churn"] {
        add("retention", part, pages::retention::image(part, &view, &retention));
    }
    let mut countries = retention.clone();
    countries.frame.asked.by = "country".into();
    countries.frame.asked.cells = Cells::Revenue;
    countries.cohorts = Slot::Ready(read("cohorts_by_country"));
    add("countries", "cohorts", pages::retention::image("cohorts", &view, &countries));
    let cohorts: CohortsPage = read("cohorts");
    for part in ["cohorts", "curves", "survival", "comparison"] {
        add("cohorts", part, pages::cohorts::image(part, &view, &cohorts));
    }
    let segments: SegmentsPage = read("segments");
    for part in ["squares", "groups", "moves"] {
        add("segments", part, pages::segments::image(part, &view, &segments));
    }
    let group: GroupPage = read("group");
    add("group", "sizes", pages::segments::group_image("sizes", &view, &group));
    found
}

fn pixels(image: &Image) -> Pixmap {
    Pixmap::decode_png(&image.png().unwrap()).unwrap()
}

fn colours(pixels: &Pixmap) -> BTreeSet<[u8; 4]> {
    pixels.data().chunks(4).map(|one| [one[0], one[1], one[2], one[3]]).collect()
}

#[test]
fn every_chart_is_an_image_of_its_size_with_something_on_it() {
    for theme in [Theme::Light, Theme::Dark] {
        let ground = if theme == Theme::Dark { [0x17, 0x19, 0x1c, 255] } else { [255; 4] };
        for (name, image) in all(Lang::En, theme) {
            let pixels = pixels(&image);
            let size = image.size();
            assert_eq!((f64::from(pixels.width()), f64::from(pixels.height())), (size.w * 2.0, size.h * 2.0), "{name}");
            let colours = colours(&pixels);
            assert!(colours.len() > 20, "{name}: {} colours", colours.len());
            assert!(colours.contains(&ground) && colours.iter().all(|colour| colour[3] == 255), "{name}");
            // Margins are free: nothing is cut off at an edge.
            let row = pixels.width() as usize * 4;
            let data = pixels.data();
            for edge in [&data[..row], &data[data.len() - row..]] {
                assert!(edge.chunks(4).all(|pixel| pixel == ground), "{name} runs over its edge");
            }
            let sides = data.chunks(row).flat_map(|line| [&line[..4], &line[row - 4..]]);
            assert!(sides.into_iter().all(|pixel| pixel == ground), "{name} runs over its side");
        }
    }
}

#[test]
fn the_same_chart_is_the_same_bytes() {
    let [once, again] = [(); 2].map(|()| all(Lang::En, Theme::Light));
    for ((name, one), (_, other)) in once.iter().zip(&again) {
        assert_eq!(one.png().unwrap(), other.png().unwrap(), "{name}");
    }
    let dark = all(Lang::En, Theme::Dark);
    assert!(once.iter().zip(&dark).all(|(light, dark)| light.1.svg() != dark.1.svg()));
    let auto = all(Lang::En, Theme::Auto);
    assert!(once.iter().zip(&auto).all(|(light, auto)| light.1.svg() == auto.1.svg()), "paper is white");
}

/// Numerals and names of the data: whatever the language, the only letters are those of countries, of scores (R5, F1) and
/// of units (1.2k).
#[test]
fn no_word_of_ours_is_in_an_image() {
    for lang in Lang::ALL {
        for (name, image) in all(lang, Theme::Light) {
            let texts = image.svg().split("</text>").filter_map(|piece| piece.rsplit_once('>')).map(|parts| parts.1);
            for text in texts.filter(|_| name != "countries cohorts") {
                let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
                let known = letters.is_empty() || ["R", "F", "k", "M"].contains(&letters.as_str());
                assert!(known, "{name} {}: {text}", lang.tag());
            }
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_page() {
    let svg = |wanted: &str| {
        let found = all(Lang::En, Theme::Light).into_iter().find(|(name, _)| name == wanted);
        found.unwrap().1.svg().to_owned()
    };
    let balance = svg("overview balance");
    for text in [">2,639<", ">+323<", ">+234<", ">−199<", ">2,997<", ">2011-11-01<", ">2011-11-30<"] {
        assert!(balance.contains(text), "{text}");
    }
    let heat = svg("retention cohorts");
    assert!(heat.contains(">2010-12<") && heat.contains(">885<") && heat.contains(">37<"));
    assert!(svg("countries cohorts").contains(">United Kingdom<"));
}

#[test]
fn there_is_no_image_of_what_is_not_there() {
    let here = Here::new("/", []);
    let view = View { lang: Lang::En, theme: Theme::Auto, here: &here, csrf: "" };
    let mut page: OverviewPage = read("overview");
    for part in ["", "everything", "figure-", "figure-happiness"] {
        assert!(pages::overview::image(part, &view, &page).is_none(), "{part}");
    }
    let missing =
        reports::pages::TooLittle { why: reports::pages::Sentence::new("balance.nobody", []), ready_on: None };
    page.balance = Slot::TooLittle(missing);
    page.figures.iter_mut().for_each(|figure| figure.history.truncate(1));
    for part in ["balance", "figure-retention"] {
        assert!(pages::overview::image(part, &view, &page).is_none(), "{part}");
    }
    let mut retention: RetentionPage = read("retention");
    if let Slot::Ready(cohorts) = &mut retention.cohorts {
        cohorts.rows.clear();
        cohorts.average.clear();
    }
    assert!(pages::retention::image("cohorts", &view, &retention).is_none());
}

/// Writes every image into a folder, to be looked at: `IMAGES=FOLDER cargo test --workspace --test images -- --ignored`.
#[test]
#[ignore = "for people who want to look"]
fn to_be_looked_at() {
    let Ok(folder) = std::env::var("IMAGES") else { return };
    for (word, lang, theme) in [("light", Lang::En, Theme::Light), ("dark", Lang::ZhHant, Theme::Dark)] {
        for (name, image) in all(lang, theme) {
            std::fs::write(format!("{folder}/{}-{word}.png", name.replace(' ', "-")), image.png().unwrap()).unwrap();
        }
    }
}
