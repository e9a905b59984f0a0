//! Settings and notes from the command line.

use crate::Shop;

fn code(shop: &Shop, args: &[&str]) -> String {
    let output = shop.run(args);
    assert!(!output.status.success(), "{args:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.split(['[', ']']).nth(1).unwrap_or_default().to_owned()
}

#[test]
fn settings_are_shown_and_set_as_on_the_page() {
    let shop = Shop::new();
    assert_eq!(shop.json(&["settings"])["customer"]["value"], "auto");
    assert_eq!(shop.json(&["settings", "zone", "Europe/Helsinki"])["zone"]["value"], "Europe/Helsinki");
    shop.json(&["settings", "customer", "purchase:90"]);
    let all = shop.json(&["settings"]);
    assert_eq!((&all["zone"]["value"], &all["customer"]["value"]), (&"Europe/Helsinki".into(), &"purchase:90".into()));
    assert_eq!(code(&shop, &["settings", "zone", "Mars"]), "unknown_zone");
    assert_eq!(code(&shop, &["settings", "customer", "purchase:0"]), "window_out_of_bounds");
    assert_eq!(code(&shop, &["settings", "colour"]), "unknown_setting");
    std::fs::write(shop.folder.path().join("regulars.toml"), "zone = \"UTC\"\n").unwrap();
    assert_eq!(shop.json(&["settings", "zone"])["zone"]["fixed"], true);
    assert_eq!(code(&shop, &["settings", "zone", "Asia/Taipei"]), "fixed_setting");
}

#[test]
fn notes_are_added_listed_and_removed() {
    let shop = Shop::new();
    assert!(shop.run(&["note", "add", "2024-05-02", "new  prices"]).status.success());
    let notes = shop.json(&["note", "list"]);
    assert_eq!(
        (&notes[0]["id"], &notes[0]["date"], &notes[0]["text"]),
        (&1.into(), &"2024-05-02".into(), &"new prices".into())
    );
    assert_eq!(code(&shop, &["note", "add", "soon", "x"]), "bad_note_date");
    assert_eq!(code(&shop, &["note", "add", "2024-05-02", " "]), "bad_note");
    assert!(shop.run(&["note", "remove", "1"]).status.success());
    assert_eq!(code(&shop, &["note", "remove", "1"]), "no_note");
}
