//! The tracked files and their texts.

use std::path::Path;

use crate::graph::run;

/// Every file git tracks. Files that are not text are kept by name only.
#[derive(Debug, Default)]
pub struct Tree {
    /// Path from the root, with forward slashes, and the text; sorted by path.
    pub files: Vec<(String, Option<String>)>,
}

impl Tree {
    /// Asks git for the names and reads the texts. New files count once they are added.
    ///
    /// # Errors
    ///
    /// A sentence when git cannot be asked. Run from the root, as cargo does.
    pub fn load() -> Result<Self, String> {
        let root = run("git", &["rev-parse", "--show-toplevel"])?;
        let names = run("git", &["-C", root.trim(), "ls-files", "-z"])?;
        let mut files: Vec<_> = names
            .split_terminator('\0')
            .map(|name| (name, Path::new(root.trim()).join(name)))
            .filter(|(_, path)| path.exists())
            .map(|(name, path)| (name.to_owned(), std::fs::read_to_string(path).ok()))
            .collect();
        files.sort();
        Ok(Self { files })
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts().find(|(name, _)| *name == path).map(|(_, text)| text)
    }

    /// Every file that is text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(name, text)| Some((name.as_str(), text.as_deref()?)))
    }

    /// Every text whose name ends in `.` and `extension`.
    pub fn texts_with(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        let ends_so = move |name: &str| Path::new(name).extension().is_some_and(|found| found == extension);
        self.texts().filter(move |(name, _)| ends_so(name))
    }

    /// Whether a file or a folder of this name is tracked.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        path.is_empty() || self.files.iter().any(|(name, _)| name == path || inside(name))
    }

    /// For tests: a tree of a few files.
    #[cfg(test)]
    pub fn sketch(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(name, text)| ((*name).to_owned(), Some((*text).to_owned()))).collect() }
    }
}
