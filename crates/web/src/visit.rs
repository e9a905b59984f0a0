//! What a request says about how the person wants to see the page: language, theme, address, part.

use axum::http::{HeaderMap, Method, Uri, header};
use ui::{Here, Lang, Theme, View};

/// The cookie with the token of forms.
pub const TOKEN_COOKIE: &str = "regulars_form";

/// The most parameters an address can have; more are no question of ours and are left out.
const PAIRS_MAX: usize = 256;

/// A request as a person meant it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Language: cookie, then `lang` of the address, then what the browser prefers.
    pub lang: Lang,
    /// Whether any of these said so; otherwise the workspace decides.
    pub lang_is_told: bool,
    /// Light or dark.
    pub theme: Theme,
    /// The address, to which links of the page lead back.
    pub here: Here,
    /// The token of forms: that of the cookie, or a new one.
    pub token: String,
    /// Whether the token is new, so that the cookie has to be set.
    pub token_is_new: bool,
    /// The part of the page that is asked for alone.
    pub part: Option<String>,
    /// Whether a program asks: errors are JSON then.
    pub program: bool,
}

impl Visit {
    /// Reads a request.
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Visit {
        let pairs = pairs(uri);
        let asked = pairs.iter().find(|pair| pair.0 == "lang").map(|pair| pair.1.as_str());
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let told = cookie(headers, "lang").or(asked).and_then(Lang::from_tag).or_else(|| Lang::preferred(accepted));
        let known = cookie(headers, TOKEN_COOKIE).filter(|token| is_token(token)).map(str::to_owned);
        let path = uri.path();
        let program = path == "/api" || path.starts_with("/api/") || path == "/health";
        // A form leads back to the page it stands on, not to its own address, which answers to POST alone.
        let here = match path {
            _ if method == Method::GET || method == Method::HEAD => Here::new(path, pairs),
            path if path.starts_with("/s/") => Here::new(path, []),
            path if path.starts_with("/data") => Here::new("/data", []),
            path if path == "/customers" || path.starts_with("/customers/") => Here::new(path, []),
            "/settings/definitions" => Here::new(path, []),
            path if path.starts_with("/settings") => Here::new("/settings/workspace", []),
            path if path.starts_with("/share") => Here::new("/settings/links", []),
            path if path.starts_with("/notes") => Here::new("/settings/notes", []),
            _ => Here::new("/retention", []),
        };
        Visit {
            lang: told.unwrap_or(Lang::En),
            lang_is_told: told.is_some(),
            theme: cookie(headers, "theme").map(Theme::from_word).unwrap_or_default(),
            here,
            token_is_new: known.is_none(),
            token: known.unwrap_or_else(token),
            part: headers.get("x-part").map(|value| value.to_str().unwrap_or_default().to_owned()),
            program,
        }
    }

    /// What `ui` needs to know of it.
    pub fn view(&self) -> View<'_> {
        View { lang: self.lang, theme: self.theme, here: &self.here, csrf: &self.token }
    }

    /// A parameter of the address; nothing when it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        Some(self.here.get(name)).filter(|value| !value.is_empty())
    }
}

/// The parameters of an address, in order; broken percent-encoding and UTF-8 become replacement characters.
pub fn pairs(uri: &Uri) -> Vec<(String, String)> {
    let read = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    read.map(|query| query.0.into_iter().take(PAIRS_MAX).collect()).unwrap_or_default()
}

/// An address of ours, read back from its text.
pub fn here_of(address: &str) -> Option<Here> {
    let uri: Uri = address.parse().ok()?;
    Some(Here::new(uri.path(), pairs(&uri)))
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// 128 bits that nobody can guess, as 32 hexadecimal digits.
///
/// Without a source of randomness there is no token, and forms are refused: an empty one never fits.
pub fn token() -> String {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(error) => {
            tracing::error!(%error, "the system gives no random numbers: forms will be refused");
            String::new()
        }
    }
}

/// Whether a text has the form of [`token`].
pub fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether a text is an address on our own site, and no way to another one.
///
/// Browsers take `//host`, `/\host` and paths with tabs or line ends inside for other hosts.
pub fn is_local(to: &str) -> bool {
    let begins = to.starts_with('/') && !to[1..].starts_with(['/', '\\']);
    begins && to.len() <= 2_000 && to.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_are_gone_back_to() {
        for to in ["/retention", "/retention?period=2011-11&sort=spend", "/customers/C%C3%B4te#x"] {
            assert!(is_local(to), "{to}");
        }
        for to in [
            "",
            "retention",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a\r\nset-cookie: x",
            "/\t/evil.example",
            "/a\\b",
            "/ä",
            "javascript:alert(1)",
        ] {
            assert!(!is_local(to), "{to}");
        }
    }

    #[test]
    fn cookies_come_before_the_address_and_the_address_before_the_browser() {
        let lang = |uri: &str, cookie: &str, accepts: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, accepts.parse().unwrap());
            Visit::of(&Method::GET, &uri.parse().unwrap(), &headers).lang
        };
        assert_eq!(lang("/retention?lang=fi", "a=b; lang=zh-Hant", "en"), Lang::ZhHant);
        assert_eq!(lang("/retention?lang=fi", "slang=zh-Hant", "en"), Lang::Fi);
        assert_eq!(lang("/retention", "theme=dark", "zh-CN, en;q=0.5"), Lang::ZhHans);
        assert_eq!(lang("/retention", "lang=klingon", "fi"), Lang::Fi);
    }

    #[test]
    fn a_token_is_new_each_time_and_has_its_form() {
        let (one, other) = (token(), token());
        assert!(is_token(&one) && is_token(&other) && one != other);
        assert!(!is_token("") && !is_token(&one[1..]) && !is_token(&one.replace(|_| true, "G")));
    }
}
