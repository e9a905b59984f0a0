//! Files that hold no table as they are, by how they begin: what a person can do with each.

/// A code, what the file is, and what to do.
pub type Foreign = (&'static str, &'static str, &'static str);

pub const ARCHIVE: Foreign =
    ("archive", "this is an archive with other files inside", "unpack it, and import the files inside");

/// By the first bytes.
pub fn of_bytes(raw: &[u8]) -> Option<Foreign> {
    const PACKED: [&[u8]; 6] =
        [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x05\x06"];
    let tar = raw.get(257..262) == Some(b"ustar");
    if tar || PACKED.iter().any(|start| raw.starts_with(start)) {
        return Some(ARCHIVE);
    }
    let pdf = raw.starts_with(b"%PDF-");
    pdf.then_some((
        "pdf_file",
        "this is a PDF document, which shows a table and does not hold one",
        "export the data as CSV or Excel",
    ))
}

/// By the first words.
pub fn of_text(text: &str) -> Option<Foreign> {
    const AS_TABLE: &str = "open it in a spreadsheet program and save it as CSV or .xlsx";
    let start: String = text.trim_start().chars().take(4_000).collect::<String>().to_ascii_lowercase();
    let begins = |tags: &[&str]| tags.iter().any(|tag| start.starts_with(tag));
    let xml = begins(&["<?xml"]);
    if begins(&["<!doctype html", "<html", "<head", "<body", "<table"]) || (xml && start.contains("<html")) {
        return Some(match start.contains("<table") {
            true => ("web_page", "this is a web page with a table in it, whatever its name says", AS_TABLE),
            false => (
                "web_page",
                "this is a web page and no table: perhaps the page that asks for a password",
                "sign in where the export comes from, and download it again",
            ),
        });
    }
    xml.then_some(("xml_file", "this is XML, which is not read", AS_TABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_tables() {
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\x0000");
        for (raw, code) in [
            (&tar[..], Some("archive")),
            (b"Rar!\x1a\x07\x01\x00", Some("archive")),
            (b"%PDF-1.4\n1 0 obj", Some("pdf_file")),
            (b"order,date\n1,2", None),
            (b"", None),
        ] {
            assert_eq!(of_bytes(raw).map(|(code, ..)| code), code, "{raw:?}");
        }
        for (text, code, hint) in [
            ("\n<!DOCTYPE html><html><body><h1>Please log in</h1>", Some("web_page"), "sign in"),
            ("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table><tr>", Some("web_page"), "spreadsheet"),
            ("<?xml version=\"1.0\"?><Workbook>", Some("xml_file"), "spreadsheet"),
            ("name,<html>\n", None, ""),
        ] {
            let found = of_text(text);
            assert_eq!(found.map(|(code, ..)| code), code, "{text}");
            assert!(found.is_none_or(|(.., said)| said.contains(hint)), "{text}");
        }
    }
}
