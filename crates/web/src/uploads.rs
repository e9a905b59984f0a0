//! Uploads that wait to be imported: a folder each, under a name that is ours, within bounds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use app::{Kind, Problem, UPLOAD_BYTES_MAX};
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use axum::http::StatusCode;
use tokio::io::AsyncWriteExt;

use crate::failure::Failure;
use crate::visit::{self, Visit};

/// Uploads that may wait at once; the oldest makes room.
const WAITING_MAX: usize = 20;
/// How long a sender may be silent in the middle of a file.
const SILENCE: Duration = Duration::from_secs(30);
/// Our form has two fields: somebody who sends many wants to keep a place.
const FIELDS_MAX: usize = 8;
/// Bytes a second that have to arrive on average once the silence allowed has passed: whoever sends a byte now and then
/// would keep a place for days.
const PACE: u64 = 1_000;

fn folder(data: &Path) -> PathBuf {
    data.join("uploads")
}

/// Takes the file of a form in and gives the name under which it waits.
///
/// # Errors
///
/// When the form is not ours, holds no file, is too large or too slow, or the disk does not take it.
pub async fn receive(data: &Path, visit: &Visit, mut form: Multipart) -> Result<String, Failure> {
    let mut trusted = false;
    for _ in 0..FIELDS_MAX {
        let Some(field) = next(&mut form).await? else { break };
        match field.name() {
            Some("csrf") => {
                let token = tokio::time::timeout(SILENCE, field.text()).await.map_err(|_| silent())?.map_err(broken)?;
                trusted = !visit.token_is_new && same(&token, &visit.token);
            }
            // The token stands before the file in our form: nothing is stored for anybody else.
            Some("file") if trusted => return keep(data, field).await,
            Some("file") => return Err(Failure::foreign_form()),
            _ => {}
        }
    }
    Err(if trusted { no_file() } else { Failure::foreign_form() })
}

async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, Failure> {
    match tokio::time::timeout(SILENCE, form.next_field()).await {
        Ok(field) => field.map_err(broken),
        Err(_) => Err(silent()),
    }
}

async fn keep(data: &Path, mut field: Field<'_>) -> Result<String, Failure> {
    let id = visit::token();
    let Some(name) = field.file_name().filter(|name| !name.is_empty()).map(clean) else { return Err(no_file()) };
    make_room(data).await;
    let own = folder(data).join(&id);
    let kept = async {
        tokio::fs::create_dir_all(&own).await.map_err(not_written)?;
        let mut file = tokio::fs::File::create_new(own.join(&name)).await.map_err(not_written)?;
        let (mut bytes, began) = (0u64, Instant::now());
        while let Some(chunk) =
            tokio::time::timeout(SILENCE, field.chunk()).await.map_err(|_| silent())?.map_err(broken)?
        {
            bytes += chunk.len() as u64;
            if bytes > UPLOAD_BYTES_MAX {
                return Err(too_large());
            }
            if is_slow(bytes, began.elapsed()) {
                return Err(silent());
            }
            file.write_all(&chunk).await.map_err(not_written)?;
        }
        if bytes == 0 {
            return Err(no_file());
        }
        file.flush().await.map_err(not_written)
    };
    match kept.await {
        Ok(()) => Ok(id),
        Err(failure) => {
            remove(data, &id).await;
            Err(failure)
        }
    }
}

/// Whether less arrived in this time than any line carries.
fn is_slow(bytes: u64, elapsed: Duration) -> bool {
    elapsed > SILENCE && bytes / PACE < (elapsed - SILENCE).as_secs()
}

/// The file that waits under a name.
///
/// # Errors
///
/// `upload_gone` when there is none.
pub async fn find(data: &Path, id: &str) -> Result<PathBuf, Problem> {
    let gone = || {
        let message = "this file is no longer here: it was imported, or it waited too long";
        Problem::not_found("upload_gone", message, "upload it again")
    };
    if !visit::is_token(id) {
        return Err(gone());
    }
    let mut entries = tokio::fs::read_dir(folder(data).join(id)).await.map_err(|_| gone())?;
    let entry = entries.next_entry().await.ok().flatten().ok_or_else(gone)?;
    Ok(entry.path())
}

/// Removes what waits under a name.
pub async fn remove(data: &Path, id: &str) {
    if visit::is_token(id) {
        let _ = tokio::fs::remove_dir_all(folder(data).join(id)).await;
    }
}

/// Removes everything that waits: whoever uploaded it saw another server.
pub async fn sweep(data: &Path) {
    let _ = tokio::fs::remove_dir_all(folder(data)).await;
}

async fn make_room(data: &Path) {
    let mut waiting = Vec::new();
    let Ok(mut entries) = tokio::fs::read_dir(folder(data)).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let since = entry.metadata().await.and_then(|about| about.modified()).ok();
        waiting.push((since, entry.path()));
    }
    waiting.sort();
    let surplus = (waiting.len() + 1).saturating_sub(WAITING_MAX);
    for (_, path) in waiting.into_iter().take(surplus) {
        let _ = tokio::fs::remove_dir_all(path).await;
    }
}

/// The name of a stranger's file, kept for the person who knows it: no folders, nothing hidden, not long.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe = |c: char| if c.is_alphanumeric() || "-_. ()".contains(c) { c } else { '_' };
    let name: String = last.chars().take(80).map(safe).collect();
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() { "upload".to_owned() } else { name.to_owned() }
}

/// Compares without telling by its time how much was right.
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && !one.is_empty()
        && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn no_file() -> Failure {
    Problem::invalid("no_file", "no file was chosen, or it is empty", "choose a file and send it again").into()
}

fn too_large() -> Failure {
    let mega = UPLOAD_BYTES_MAX / 1_000_000;
    let message = format!("the file has more than {mega} MB");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message, "import it with: regulars import FILE")
}

fn silent() -> Failure {
    Failure::new(StatusCode::REQUEST_TIMEOUT, "upload_stopped", "the file stopped arriving", "send it again")
}

fn broken(error: axum::extract::multipart::MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    Problem::invalid("upload_broken", "the file did not arrive whole", "send it again").into()
}

fn not_written(error: std::io::Error) -> Failure {
    let full = matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
    let problem =
        Problem::invalid("upload_not_kept", format!("an upload cannot be written: {error}"), "make room on the disk");
    Problem { kind: if full { Kind::Full } else { Kind::Ours }, ..problem }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_stay_in_their_folder() {
        for (name, kept) in [
            ("orders.csv", "orders.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\shop\\tilaukset 2026.xlsx", "tilaukset 2026.xlsx"),
            ("訂單.csv", "訂單.csv"),
            ("..", "upload"),
            (".hidden", "hidden"),
            ("a\0b\nc.csv", "a_b_c.csv"),
            ("", "upload"),
        ] {
            assert_eq!(clean(name), kept);
        }
        assert!(clean(&"x".repeat(500)).len() <= 80);
    }

    #[test]
    fn a_trickle_is_no_upload() {
        let seconds = Duration::from_secs;
        assert!(!is_slow(1, seconds(30)), "as long as anybody may be silent");
        assert!(!is_slow(10_000, seconds(40)) && is_slow(9_000, seconds(41)));
        assert!(!is_slow(UPLOAD_BYTES_MAX, seconds(86_400)));
    }

    #[test]
    fn an_empty_token_never_fits() {
        assert!(same("a1", "a1"));
        assert!(!same("", "") && !same("a1", "a2") && !same("a1", "a"));
    }
}
