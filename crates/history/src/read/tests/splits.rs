//! Where a file is cut into blocks must not change what is read from it.

use proptest::prelude::*;

use super::*;

/// A field as people might leave it: quoted or not, with line ends, quotation marks, umlauts.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,4}",
        "[a-zäß €]{0,5}",
        Just("\"\"".to_owned()),
        "[a-c,\n]{0,5}".prop_map(|text| format!("\"{text}\"")),
        "[a-c]{0,3}".prop_map(|text| format!("\"{text}\"\"{text}\"")),
        Just("5\" pipe".to_owned()),
        Just("\"open".to_owned()),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let good = ("[a-d]", 1..28u32, 0..500u32, field()).prop_map(|(who, day, cents, note)| {
        format!("{who},2024-02-{day:02},{}.{:02},{note}", cents / 100, cents % 100)
    });
    let broken = prop::collection::vec(field(), 1..6).prop_map(|fields| fields.join(","));
    let ended = prop_oneof![8 => good, 1 => broken, 1 => Just(String::new())];
    (ended, prop_oneof![Just("\n"), Just("\r\n")]).prop_map(|(line, end)| line + end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn blocks_do_not_matter(lines in prop::collection::vec(line(), 1..60), sizes in prop::collection::vec(1..200usize, 3)) {
        let map = Map::from_toml("
            [[facts]]
            table = 'order_lines'
            [facts.columns]
            customer_id = 'customer'
            at = 'date'
            order_id = { per = 'customer_day' }
            amount = 'amount'
            product = 'note'
        ").unwrap();
        let text = format!("customer,date,amount,note\n{}", lines.concat());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.csv");
        std::fs::write(&path, &text).unwrap();
        let mut hints = map.clone();
        hints.file = FileHints { delimiter: Some(",".to_owned()), quote: Some("\"".to_owned()), header: Some(true), skip_lines: Some(0), ..FileHints::default() };
        let Ok(inspection) = inspect(&path, &Wish { map: Some(hints), ..Wish::default() }) else { return Ok(()) };
        let plan = bind(&path, &inspection).unwrap();
        let Format::Csv(format) = &inspection.format else { panic!("not CSV") };
        let outcome = |block: usize, threads: usize| {
            let kept = Kept::default();
            let crew = crew::Crew { path: &path, plan: &plan, sink: &kept, threads, counter: open::Counter::default() };
            let report = csv::read(&crew, format, block).unwrap();
            (report, kept.lines(), kept.rejects())
        };
        let whole = outcome(1 << 20, 1);
        for size in sizes {
            let parts = outcome(size, 2);
            prop_assert_eq!(&parts, &whole, "blocks of {}", size);
        }
    }
}
