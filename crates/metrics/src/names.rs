//! Names of events as small numbers, so that ways of events can be counted as keys.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::doing::WORDS_MAX;

/// The number of a name, from 1; 0 is no name.
pub(crate) type Code = u16;

/// Names in the order they were met. Each partition has its own; merging translates.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Names {
    list: Vec<String>,
    /// Made anew where it is missing: it does not travel.
    #[serde(skip)]
    codes: HashMap<String, Code>,
}

impl Names {
    /// The number of a name; 0 when there are more names than are told apart.
    pub fn code(&mut self, name: &str) -> Code {
        if self.codes.len() != self.list.len() {
            self.codes = self.list.iter().cloned().zip(1..).collect();
        }
        if let Some(code) = self.codes.get(name) {
            return *code;
        }
        if self.list.len() >= WORDS_MAX {
            return 0;
        }
        let code = self.list.len() as Code + 1;
        self.list.push(name.to_owned());
        self.codes.insert(name.to_owned(), code);
        code
    }

    /// The name of a number.
    pub fn name(&self, code: Code) -> &str {
        usize::from(code).checked_sub(1).and_then(|place| self.list.get(place)).map_or("", String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The numbers here of all names of another list, in its order.
    pub fn translate(&mut self, other: &Names) -> Vec<Code> {
        other.list.iter().map(|name| self.code(name)).collect()
    }
}
