//! The fields of a row: where their text lies, and how it is read.

/// Where the text of a field lies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
    /// In the row's scratch text rather than in the block.
    pub scratch: bool,
}

/// The fields of a row: most lie in the block as it was read, some in a scratch text (unquoted, converted).
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    pub block: &'a str,
    pub scratch: &'a str,
    pub spans: &'a [Span],
}

impl<'a> Fields<'a> {
    /// The text of a column without the spaces around it; nothing where the row has no such column.
    #[inline]
    pub fn get(&self, column: usize) -> &'a str {
        let Some(span) = self.spans.get(column) else { return "" };
        let text = if span.scratch { self.scratch } else { self.block };
        trimmed(text.get(span.start as usize..span.end as usize).unwrap_or(""))
    }
}

/// A text without the spaces around it. Nearly no field has any, and two looks at bytes are enough to see that.
#[inline]
fn trimmed(text: &str) -> &str {
    // 0xc2 begins and 0xa0 ends a no-break space; letters that share these bytes only cost the slower way.
    let solid = |byte: &u8| *byte > b' ' && *byte != 0xc2 && *byte != 0xa0;
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(solid) && bytes.last().is_none_or(solid) {
        return text;
    }
    text.trim_matches([' ', '\t', '\u{a0}', '\r', '\n'])
}
