//! Links by which others read one page: made, found, taken back.
//!
//! The secret of a link is made where randomness may be read and is kept as a hash alone, so that whoever reads the state
//! can open nothing. It has 128 bits: a plain hash is enough, there is no word list to try.

use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};
use terms::{Date, Instant};

use crate::{App, Problem};

/// Days a link can lead somewhere.
pub const SHARE_DAYS: RangeInclusive<u32> = 1..=90;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// What is behind a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The page and what was asked of it, as an address within the site.
    pub path: String,
    /// The last day on which it can be read, in the zone of the workspace.
    pub until: Date,
}

impl App {
    /// Makes a link to a page for so many days. The secret is never kept.
    ///
    /// # Errors
    ///
    /// `share_days` when it would end too soon or too late, `too_many_links`, or when the state cannot be written.
    pub async fn share(&self, secret: &str, path: &str, days: u32) -> Result<Shared, Problem> {
        if !SHARE_DAYS.contains(&days) {
            let message = format!("a link can be read for {} to {} days", SHARE_DAYS.start(), SHARE_DAYS.end());
            return Err(Problem::invalid("share_days", message, "choose another number of days"));
        }
        let now = self.now().0;
        if self.store().share_links(now).await?.len() >= LINKS_MAX {
            let message = format!("there are {LINKS_MAX} links already");
            return Err(Problem::invalid("too_many_links", message, "take one back first"));
        }
        let until = now + i64::from(days) * DAY;
        self.store().add_share_link(&hash(secret), path, now, until).await?;
        Ok(Shared { path: path.to_owned(), until: self.day_before(until).await? })
    }

    /// What is behind a link now; nothing when there never was such a link, it has ended, or it was taken back. Nobody can
    /// tell which. Reading changes nothing.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn shared(&self, secret: &str) -> Result<Option<Shared>, Problem> {
        self.shared_at(secret, self.now()).await
    }

    async fn shared_at(&self, secret: &str, at: Instant) -> Result<Option<Shared>, Problem> {
        let Some(link) = self.store().share_link(&hash(secret), at.0).await? else { return Ok(None) };
        Ok(Some(Shared { until: self.day_before(link.until).await?, path: link.path }))
    }

    /// Takes a link back.
    ///
    /// # Errors
    ///
    /// `no_link` when there is none of this number.
    pub async fn revoke_share(&self, id: i64) -> Result<(), Problem> {
        if self.store().remove_share_link(id).await? {
            return Ok(());
        }
        Err(Problem::not_found("no_link", format!("there is no link {id}"), "see the list of links in the settings"))
    }

    /// The day of the last instant before `until`.
    async fn day_before(&self, until: i64) -> Result<Date, Problem> {
        let zone: terms::Zone = self.settings().await?.zone.parse()?;
        Ok(zone.date(Instant(until - 1)))
    }
}

/// Links there can be at once.
const LINKS_MAX: usize = 200;

fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    #[test]
    fn a_secret_is_hashed_as_everybody_does() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[tokio::test]
    async fn a_link_ends_at_its_instant_and_its_secret_is_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(Place { threads: Some(1), ..Place::folder(folder.path().join("shop")) }).await.unwrap();
        let secret = "0123456789abcdef0123456789abcdef";
        for days in [0, 91] {
            assert_eq!(app.share(secret, "/retention", days).await.unwrap_err().code, "share_days");
        }
        let made = app.share(secret, "/retention?period=2024-05", 90).await.unwrap();
        assert_eq!(app.shared(secret).await.unwrap(), Some(made));
        assert_eq!(app.shared("0123456789abcdef0123456789abcdee").await.unwrap(), None);
        let link = app.store().share_links(app.now().0).await.unwrap().remove(0);
        assert_eq!(link.until - link.created_at, 90 * DAY);
        for (at, there) in [(link.until - 1, true), (link.until, false), (link.until + 1, false)] {
            assert_eq!(app.shared_at(secret, Instant(at)).await.unwrap().is_some(), there, "{at}");
        }
        for file in ["state.db", "state.db-wal"] {
            let bytes = std::fs::read(folder.path().join("shop").join(file)).unwrap_or_default();
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{file}");
        }
        app.revoke_share(link.id).await.unwrap();
        assert_eq!(app.shared(secret).await.unwrap(), None);
        assert_eq!(app.revoke_share(link.id).await.unwrap_err().code, "no_link");
    }
}
