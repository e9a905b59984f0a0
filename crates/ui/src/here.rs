//! The address of the page: what it shows is what it says, so links change one parameter and keep the rest.

use reports::pages::Who;

/// A path and its parameters, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Here {
    /// The address of this path with these parameters. Empty ones are dropped: absent and empty mean the same.
    pub fn new(path: &str, pairs: impl IntoIterator<Item = (String, String)>) -> Here {
        Here { path: path.to_owned(), pairs: pairs.into_iter().filter(|pair| !pair.1.is_empty()).collect() }
    }

    /// The list of the people behind a number, within a segment.
    pub fn people(who: &Who, segment: &str) -> Here {
        let pairs = who.pairs().into_iter().map(|(name, value)| (name.to_owned(), value));
        Here::new("/customers", pairs).with("segment", segment)
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameters, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The value of a parameter; empty when it is absent.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|pair| pair.0 == name).map_or("", |pair| pair.1.as_str())
    }

    /// The same address with one parameter changed; an empty value takes it away.
    pub fn with(&self, name: &str, value: &str) -> Here {
        let mut pairs = self.pairs.clone();
        match pairs.iter_mut().find(|pair| pair.0 == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => pairs.push((name.to_owned(), value.to_owned())),
        }
        Here::new(&self.path, pairs)
    }

    /// The same address without some parameters.
    pub fn without(&self, names: &[&str]) -> Here {
        let kept = self.pairs.iter().filter(|pair| !names.contains(&pair.0.as_str())).cloned();
        Here::new(&self.path, kept)
    }

    /// The same parameters on another path.
    pub fn on(&self, path: &str) -> Here {
        Here { path: path.to_owned(), pairs: self.pairs.clone() }
    }

    /// The address as text.
    pub fn url(&self) -> String {
        let mut url = self.path.clone();
        for (at, (name, value)) in self.pairs.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            encode(name, &mut url);
            url.push('=');
            encode(value, &mut url);
        }
        url
    }
}

/// One segment of a path, encoded.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::new();
    encode(text, &mut out);
    out
}

/// The path of the page of a customer. An identifier that itself ends in `.json` is told apart from its export.
pub fn customer_path(id: &str) -> String {
    let path = format!("/customers/{}", segment(id));
    path.strip_suffix(".json").map(|start| format!("{start}%2Ejson")).unwrap_or(path)
}

/// Percent-encodes all but the unreserved characters of RFC 3986, and the colon and comma, which need none in a query.
fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~:,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_changes_one_thing() {
        let here = Here::new("/retention", [("period".into(), "2011-11".into()), ("q".into(), String::new())]);
        assert_eq!(here.url(), "/retention?period=2011-11");
        assert_eq!(here.with("sort", "spend").url(), "/retention?period=2011-11&sort=spend");
        assert_eq!(here.with("period", "90d").url(), "/retention?period=90d");
        assert_eq!(here.with("period", "").url(), "/retention");
        assert_eq!(here.on("/retention.csv").url(), "/retention.csv?period=2011-11");
        assert_eq!(here.with("page", "2").without(&["period"]).url(), "/retention?page=2");
    }

    #[test]
    fn a_customer_called_like_a_file_has_a_page_as_well() {
        assert_eq!(customer_path("a/b"), "/customers/a%2Fb");
        assert_eq!(customer_path("a.json"), "/customers/a%2Ejson");
        assert_eq!(customer_path("a.json.x"), "/customers/a.json.x");
    }

    #[test]
    fn strange_names_survive() {
        let here = Here::new("/customers", [("country".into(), "Côte d'Ivoire & 台灣".into())]);
        assert_eq!(here.url(), "/customers?country=C%C3%B4te%20d%27Ivoire%20%26%20%E5%8F%B0%E7%81%A3");
    }
}
