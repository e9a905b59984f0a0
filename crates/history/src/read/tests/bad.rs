//! Files that are broken, and what a person is told.

use std::io::Write;

use super::*;

/// What a file gives: the code of its error, or its facts and the codes of its rejects.
fn outcome(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    outcome_of(&path)
}

fn outcome_of(path: &Path) -> String {
    let inspection = match inspect(path, &Wish::default()) {
        Ok(inspection) => inspection,
        Err(error) => {
            assert!(!error.what.is_empty() && !error.hint.is_empty() && !error.place.contains('/'), "{error:?}");
            return format!("error {}", error.code);
        }
    };
    let kept = Kept::default();
    match read(path, &inspection, 2, &kept) {
        Ok(report) => {
            let facts: u64 = report.facts.values().sum();
            let rejects: Vec<String> = kept.rejects().iter().map(|r| format!("{}:{}", r.line, r.code)).collect();
            assert!(
                kept.rejects()
                    .iter()
                    .all(|r| r.value.chars().count() <= 200 && !r.reason.is_empty() && !r.hint.is_empty())
            );
            format!("{facts} facts, rejects [{}]", rejects.join(" "))
        }
        Err(error) => format!("late error {}", error.code),
    }
}

const HEAD: &str = "customer_id,date,amount\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn whole_files() {
    let noise: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let rows = |count: usize| (0..count).fold(HEAD.to_owned(), |text, n| text + &format!("c{n},2024-01-01,1.50\n"));
    let packed = gzip(rows(200_000).as_bytes());
    let wide = (0..100_000).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",") + "\n1\n";
    for (name, bytes, expected) in [
        ("empty.csv", Vec::new(), "error file_empty"),
        ("blank.csv", b"\n\n \n".to_vec(), "error file_empty"),
        ("header.csv", HEAD.as_bytes().to_vec(), "error no_rows"),
        ("junk.csv", noise.clone(), "error not_text"),
        ("junk.parquet", [b"PAR1".to_vec(), noise.clone()].concat(), "error parquet_damaged"),
        ("junk.xlsx", [b"PK\x03\x04".to_vec(), noise.clone()].concat(), "error workbook_damaged"),
        ("junk.xls", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), noise.clone()].concat(), "error workbook_damaged"),
        (
            "locked.xlsx",
            [
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
                "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            ]
            .concat(),
            "error workbook_locked",
        ),
        ("orders.zip", super::layouts::stored_zip(&[("orders.csv", rows(3))]), "error archive"),
        ("orders.pdf", b"%PDF-1.4 \n1 0 obj\n<<>>\n".to_vec(), "error pdf_file"),
        ("login.csv", b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>".to_vec(), "error web_page"),
        ("table.xls", b"<html><body><table><tr><td>order</td></tr></table></body></html>".to_vec(), "error web_page"),
        ("cut.jsonl", b"{\"a\":1\n{\"user\":\"u1\"".to_vec(), "error bad_json"),
        ("cut.json", b"{\"a\":1,\n\"b\":".to_vec(), "error bad_json"),
        ("junk.csv.gz", [b"\x1f\x8b\x08\x00".to_vec(), noise].concat(), "error gzip_damaged"),
        ("cut.csv.gz", packed[..packed.len() / 2].to_vec(), "late error gzip_damaged"),
        ("wrong_name.parquet", rows(3).into_bytes(), "3 facts, rejects []"),
        ("wrong_name.csv", gzip(rows(3).as_bytes()), "3 facts, rejects []"),
        ("wide.csv", wide.into_bytes(), "error too_many_columns"),
        (
            "open.json",
            b"{\"orders\": [{\"customer_id\": 1, \"date\": \"2024-01-01\", \"amount\": 2}, {\"cust".to_vec(),
            "late error json_cut_short",
        ),
        ("nothing.json", b"[]".to_vec(), "error no_rows"),
        ("scalar.json", b"[1,2,3]".to_vec(), "error no_rows"),
        ("deep.json", ["[".repeat(10_000), "]".repeat(10_000)].concat().into_bytes(), "error bad_json"),
        ("text.txt", b"Dear shop, please find attached nothing at all.\n".to_vec(), "error no_rows"),
    ] {
        assert_eq!(outcome(name, &bytes), expected, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(outcome_of(folder.path()), "error file_is_folder");
    assert_eq!(outcome_of(&folder.path().join("absent.csv")), "error file_missing");
}

#[test]
fn rows_among_good_ones() {
    let good = "a,2024-01-01,1.00\n";
    let utf16 =
        |text: &str, mark: &[u8]| [mark.to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let table = format!("{HEAD}{}", good.repeat(3));
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    for (name, bytes, expected) in [
        ("few fields", format!("{HEAD}{0}b,2024-01-01\n{0}", good.repeat(30)).into_bytes(), "60 facts, rejects [32:field_count]"),
        ("many fields", format!("{HEAD}{good}b,2024-01-01,1,2,3\n{good}").into_bytes(), "2 facts, rejects [3:field_count]"),
        ("trailing delimiters", format!("{HEAD}{good}b,2024-01-01,1,,\n{good}").into_bytes(), "3 facts, rejects []"),
        ("bad date", format!("{HEAD}{0}b,2024-13-01,1\n{0}", good.repeat(9)).into_bytes(), "18 facts, rejects [11:bad_date]"),
        ("old date", format!("{HEAD}{0}b,1066-10-14,1\n{0}", good.repeat(9)).into_bytes(), "18 facts, rejects [11:date_out_of_range]"),
        ("bad amount", format!("{HEAD}{0}b,2024-01-01,many\n{0}", good.repeat(9)).into_bytes(), "18 facts, rejects [11:bad_number]"),
        ("large amount", format!("{HEAD}{good}b,2024-01-01,99999999999999999\n{good}").into_bytes(), "2 facts, rejects [3:number_too_large]"),
        ("no amount", format!("{HEAD}{good}b,2024-01-01,\n{good}").into_bytes(), "2 facts, rejects [3:missing_value]"),
        ("nobody", format!("{HEAD}{good}null,2024-01-01,1\n0,2024-01-01,1\n[object Object],2024-01-01,1\n,2024-01-01,1\nAnonymous,2024-01-01,1\nundefined,2024-01-01,1\n").into_bytes(), "1 facts, rejects [3:no_customer 4:no_customer 5:no_customer 6:no_customer 7:no_customer 8:no_customer]"),
        ("line in quotes", format!("{HEAD}\"a\nb\",2024-01-01,1\nb,2024-99-01,1\n{}", good.repeat(9)).into_bytes(), "10 facts, rejects [4:bad_date]"),
        ("open quote", format!("{HEAD}{good}\"b,2024-01-01,1\n{good}{good}").into_bytes(), "3 facts, rejects [3:quote_not_closed]"),
        ("utf-16 with mark", utf16(&table, &[0xff, 0xfe]), "3 facts, rejects []"),
        ("utf-16 without", utf16(&table, &[]), "3 facts, rejects []"),
        ("mark", [b"\xef\xbb\xbf".to_vec(), table.clone().into_bytes()].concat(), "3 facts, rejects []"),
        ("zeros", table.replacen("a,", "a\0,", 1).into_bytes(), "3 facts, rejects []"),
        ("line ends mixed", format!("{HEAD}{}\r\n{good}{}\r{good}", good.trim(), good.trim()).into_bytes(), "4 facts, rejects []"),
        ("no last line end", format!("{HEAD}{}", good.trim()).into_bytes(), "1 facts, rejects []"),
        ("names twice", format!("customer_id,date,amount,amount\n{}", "a,2024-01-01,1,2\n".repeat(3)).into_bytes(), "3 facts, rejects []"),
        ("json lines", format!("{{\"customer_id\":\"a\",\"date\":\"2024-01-01\",\"amount\":1}}\nnot json\n{deep}\n{{\"customer_id\":\"b\",\"date\":\"2024-01-01\",\"amount\":1.5}}\n{{\"customer_id\":\"b\",\"date\":\"2024-01-02\",\"amount\":1.5}}\n").into_bytes(), "3 facts, rejects [2:bad_json 3:json_too_deep]"),
    ] {
        assert_eq!(outcome("file.csv", &bytes), expected, "{name}");
    }
}

#[test]
fn a_field_of_many_megabytes_is_passed_over() {
    let good = "a,2024-01-01,1.00\n".repeat(1000);
    for (open, code) in [("", "record_too_long"), ("\"", "quote_not_closed")] {
        let text = format!("{HEAD}{good}b,2024-01-01,{open}{}\n{good}", "x".repeat(40 << 20));
        assert_eq!(outcome("long.csv", text.as_bytes()), format!("2000 facts, rejects [1002:{code}]"));
    }
}

#[test]
fn damaged_parquet_is_an_error() {
    let Some(path) = data("git_activity/events.parquet") else { return };
    let whole = std::fs::read(path).unwrap();
    assert_eq!(outcome("cut.parquet", &whole[..whole.len() / 2]), "error parquet_damaged");
    for at in (100..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        for byte in &mut bytes[at..(at + 64).min(whole.len())] {
            *byte ^= 0x5a;
        }
        outcome("turned.parquet", &bytes); // facts or an error, never a panic
    }
}

/// An attribute called like a column that is there already would make a table with two columns of one name.
#[test]
fn attributes_may_not_be_called_like_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, "n,who,date,total,extra\n1,ana,2024-01-05,10.00,3\n").unwrap();
    for name in ["amount", "at", "customer", "customer_id", "source", "imports", "received_at"] {
        let map = format!(
            "name = \"x\"\n[[facts]]\ntable = \"order_headers\"\n[facts.columns]\norder_id = \"n\"\ncustomer_id = \"who\"\n\
             at = \"date\"\namount = \"total\"\n[facts.attributes]\n{name} = \"extra\"\n"
        );
        let wish = Wish { map: Some(Map::from_toml(&map).unwrap()), ..Wish::default() };
        assert_eq!(inspect(&path, &wish).map(|_| ()).unwrap_err().code, "map_attribute_name", "{name}");
    }
}

/// Where JSON breaks is said, so that somebody can look there.
#[test]
fn broken_json_is_named_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    std::fs::write(&path, "\n{\"user\":\"u1\",\n{\"user\":\"u2\"").unwrap();
    let error = inspect(&path, &Wish::default()).map(|_| ()).unwrap_err();
    assert_eq!(error.code, "bad_json");
    assert!(error.what.contains("line 3"), "{}", error.what);
}
