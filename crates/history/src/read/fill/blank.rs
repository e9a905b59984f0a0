//! What programs write for nothing, for nobody, for yes and for no.

/// Nothing, as text: also what programs write for it.
#[inline]
pub fn is_blank(text: &str) -> bool {
    match text.len() {
        0 => true,
        2..=4 => matches!(text, "NULL" | "null" | "Null" | "\\N" | "None" | "none" | "nan" | "NaN" | "#N/A"),
        _ => false,
    }
}

/// Nothing, as a number or a date.
#[inline]
pub fn is_void(text: &str) -> bool {
    is_blank(text)
        || matches!(text, "NA" | "N/A" | "n/a" | "-" | "--" | "NaT" | "null" | "0000-00-00" | "0000-00-00 00:00:00")
}

/// No customer: nothing, or a word by which programs say so. Merging people by such words would be a disaster.
pub fn is_nobody(text: &str) -> bool {
    const NOBODY: [&str; 13] = [
        "0",
        "0.0",
        "null",
        "undefined",
        "[object object]",
        "anonymous",
        "none",
        "nan",
        "n/a",
        "na",
        "guest",
        "unknown",
        "-",
    ];
    // What an analytics tool makes up for a device it cannot name.
    let device = text.starts_with("$device:");
    device || is_blank(text) || (text.len() <= 15 && NOBODY.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// Yes or no in the words of several languages.
pub fn flag_of(text: &str) -> Option<bool> {
    const YES: [&str; 14] = ["true", "t", "yes", "y", "1", "1.0", "ja", "oui", "si", "sí", "sim", "kyllä", "是", "on"];
    const NO: [&str; 13] = ["false", "f", "no", "n", "0", "0.0", "nein", "non", "não", "nee", "ei", "否", "off"];
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if YES.iter().any(is) {
        return Some(true);
    }
    NO.iter().any(is).then_some(false)
}
