//! Why a row is refused, in words a person can act on.

/// Why a value could not be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) column: Option<usize>,
    /// Nothing was there, as against something wrong.
    pub(super) missing: bool,
}

pub(super) fn reason_of(code: &str) -> &'static str {
    match code {
        "no_customer" => "no customer is named",
        "owner_unknown" => {
            "no order, subscription or invoice of this number is known, so nobody knows whose row this is"
        }
        "missing_value" => "a value that every such row needs is missing",
        "bad_date" => "this is not a date of the form the other rows have",
        "date_out_of_range" => "the date is before 1900 or after 2100",
        "bad_number" => "this is not a number",
        "number_too_large" => "this number is larger than an amount can be",
        "bad_currency" => "this is not a currency code",
        "bad_interval" => "this is not an interval",
        "field_count" => "the row has more or fewer fields than the header",
        "quote_not_closed" => "a quotation mark is opened and never closed",
        "record_too_long" => "the row is longer than 8 MB",
        "bad_json" => "this is not valid JSON",
        "json_too_deep" => "the record is nested too deeply",
        "no_fact" => "none of the rules of the map fits this row",
        "end_before_start" => "it ends before it begins",
        _ => "this row cannot be read",
    }
}

pub(super) fn hint_of(code: &str) -> &'static str {
    match code {
        "no_customer" => "fill in the customer, or leave the row out",
        "owner_unknown" => "add the file that has it to the same import, or import that file first and this one again",
        "missing_value" => "fill in the field, or mark the rule in the map as optional",
        "bad_date" => "correct it, or say in the map how dates are written: dates = \"iso\", \"dmy\", \"mdy\" …",
        "bad_number" | "number_too_large" => {
            "correct it, or say in the map how numbers are written: decimal = \"point\" or \"comma\""
        }
        "bad_currency" => "write three letters such as EUR",
        "bad_interval" => "write day, week, month, quarter or year",
        "field_count" => "put fields that hold the delimiter between quotation marks",
        "quote_not_closed" => "close it, or double quotation marks inside a field",
        "bad_json" => "write one JSON object a line",
        "end_before_start" => "correct one of the two dates, or say with --column which columns they are",
        "no_fact" => "see `when` of the rules in the map",
        _ => "correct the row and import the file again; rows already taken are not taken twice",
    }
}
