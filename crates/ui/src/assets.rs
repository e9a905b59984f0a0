//! Style sheet, script and font, inside the binary. Their addresses carry a hash of the content, so a browser may
//! keep them for ever.

use std::borrow::Cow;
use std::sync::LazyLock;

/// A file to serve.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The name without its hash.
    pub name: &'static str,
    /// What `content-type` says.
    pub content_type: &'static str,
    /// The bytes.
    pub body: Cow<'static, [u8]>,
    /// The last part of its address.
    path: String,
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, body: impl Into<Cow<'static, [u8]>>) -> Asset {
        let body = body.into();
        let path = format!("{:016x}-{name}", fnv1a(&body));
        Asset { name, content_type, body, path }
    }
}

/// The style sheet names the font by its address, and addresses carry hashes: so the font comes first.
static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    let font = Asset::new("inter.woff2", "font/woff2", include_bytes!("../assets/inter.woff2").as_slice());
    let css = include_str!("../assets/app.css").replacen("FONT", &font.path, 1);
    [
        Asset::new("app.css", "text/css; charset=utf-8", css.into_bytes()),
        Asset::new("app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js").as_slice()),
        Asset::new("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg").as_slice()),
        font,
    ]
});

/// The address of an asset: `/static/<hash>-<name>`. An unknown name gives an address that is not there.
pub fn url(name: &str) -> String {
    let path = ASSETS.iter().find(|asset| asset.name == name).map_or(name, |asset| asset.path.as_str());
    format!("/static/{path}")
}

/// The asset at `/static/<path>`, under exactly the hash of its content.
pub fn get(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// FNV-1a, 64 bit (Fowler, Noll, Vo): tells versions of a file apart; guards against nobody.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_there() {
        for asset in ASSETS.iter() {
            let url = url(asset.name);
            let found = get(url.strip_prefix("/static/").unwrap()).unwrap();
            assert_eq!(found.name, asset.name);
        }
        assert!(get("app.css").is_none(), "an address without its hash would be kept for ever");
        assert!(get("0000000000000000-app.css").is_none());
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Vectors of the FNV reference: the empty text and "a".
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
