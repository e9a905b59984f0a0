//! What a rule reports: where, what, and what to do next, under a name that can be searched for.

use std::fmt;

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// A crate, a file or a file with its line.
    pub place: String,
    /// What is wrong, in a sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// What a rule returns: empty when all is well.
pub type Findings = Vec<Finding>;

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]\n  hint: {}", self.place, self.what, self.rule, self.hint)
    }
}

/// For tests: the findings as lines of `place: what`, which read well in a failed comparison.
#[cfg(test)]
pub fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}: {}", finding.place, finding.what)).collect()
}
