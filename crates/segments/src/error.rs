//! What can be wrong with a segment: what, where in the rule, what to do, and a code that stays.

use metrics::MetricError;

/// Why a segment has no members to tell.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Not a definition.
    #[error("this is no segment: {0}")]
    Text(String),
    /// Not a stretch of time.
    #[error("'{0}' is no stretch of time")]
    Ago(String),
    /// A test or bound that makes no sense where it stands.
    #[error("{place}: {what}")]
    Rule {
        /// Where in the rule, as in `rule.all[2].did`.
        place: String,
        /// What is wrong.
        what: String,
        /// What to write instead.
        hint: String,
    },
    /// A column that the view does not have.
    #[error("{place}: {view} has no column '{column}'")]
    Column {
        /// Where in the rule.
        place: String,
        /// The name asked for.
        column: String,
        /// The view it was looked for in.
        view: &'static str,
        /// The columns there are.
        known: Vec<String>,
    },
    /// No segment of that name.
    #[error("{place}: there is no segment '{name}'")]
    Unknown {
        /// Where in the rule.
        place: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A segment that is part of itself.
    #[error("the segment is part of itself: {}", path.join(" → "))]
    Circle {
        /// From a segment back to it.
        path: Vec<String>,
    },
    /// A number behind the rule could not be had, or the history could not be read.
    #[error(transparent)]
    Metric(#[from] MetricError),
}

impl From<history::HistoryError> for SegmentError {
    fn from(error: history::HistoryError) -> SegmentError {
        SegmentError::Metric(error.into())
    }
}

impl SegmentError {
    /// A name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            SegmentError::Text(_) => "segment_text",
            SegmentError::Ago(_) => "segment_time",
            SegmentError::Rule { .. } => "segment_rule",
            SegmentError::Column { .. } => "segment_column",
            SegmentError::Unknown { .. } => "unknown_segment",
            SegmentError::Circle { .. } => "segment_circle",
            SegmentError::Metric(error) => error.code(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            SegmentError::Text(_) => {
                "write a name and a rule, as in: name = \"Twice\"  [rule]  did = { what = \"order\", at_least = 2 }"
                    .into()
            }
            SegmentError::Ago(_) => "write a number and d, w, m or y, as in 90d or 6m".into(),
            SegmentError::Rule { hint, .. } => hint.clone(),
            SegmentError::Column { column, known, .. } => match nearest(column, known) {
                Some(near) => format!("did you mean '{near}'? There are: {}", listed(known)),
                None => format!("there are: {}", listed(known)),
            },
            SegmentError::Unknown { known, .. } if known.is_empty() => "save it first, or leave it out".into(),
            SegmentError::Unknown { known, .. } => format!("there are: {}", listed(known)),
            SegmentError::Circle { .. } => "take one of them out".into(),
            SegmentError::Metric(error) => error.hint(),
        }
    }
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 40;
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", "))
}

/// The name that shares the longest beginning with what was asked for, of three letters at least.
fn nearest<'a>(asked: &str, known: &'a [String]) -> Option<&'a String> {
    let shared = |name: &String| asked.chars().zip(name.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    known.iter().max_by_key(|name| shared(name)).filter(|name| shared(name) >= 3)
}
