//! Answers that depend on hidden satisfaction, with noise, from those who answer at all.

use crate::fact::Response;
use crate::random::Draws;

/// Who answers: those with strong feelings, and of them the content more than the angry ones once did.
///
/// ```text
/// P(answer) = 1 / (1 + exp(1.4 − 0.5·|s| − 0.2·s))
/// ```
pub(crate) fn answers(level: f64, draws: &mut Draws) -> bool {
    draws.chance(1.0 / (1.0 + (1.4 - 0.5 * level.abs() - 0.2 * level).exp()))
}

fn rounded(value: f64, low: f64, high: f64) -> u8 {
    value.round().clamp(low, high) as u8
}

/// Likelihood to recommend, 0 to 10: `7.6 + 1.4·s + N(0, 1.3²)`, rounded and cut.
pub(crate) fn nps(level: f64, draws: &mut Draws) -> Response {
    let score = rounded(7.6 + 1.4 * level + 1.3 * draws.normal(), 0.0, 10.0);
    let text = draws.chance(0.3).then(|| said(score, 9, 7, draws));
    Response { kind: "nps", score: Some(score), reason: None, text }
}

/// Satisfaction with a ticket, 1 to 5: `3.6 + 0.5·s + (0.6 solved fast, −0.8 slowly) + N(0, 0.8²)`, rounded and cut.
pub(crate) fn csat(level: f64, fast: bool, draws: &mut Draws) -> u8 {
    rounded(3.6 + 0.5 * level + if fast { 0.6 } else { -0.8 } + 0.8 * draws.normal(), 1.0, 5.0)
}

/// Ease, 1 to 7: `5.2 + 0.6·s + N(0, 1)`, rounded and cut.
pub(crate) fn ces(level: f64, draws: &mut Draws) -> Response {
    let score = rounded(5.2 + 0.6 * level + draws.normal(), 1.0, 7.0);
    Response { kind: "ces", score: Some(score), reason: None, text: None }
}

fn said(score: u8, good: u8, fair: u8, draws: &mut Draws) -> &'static str {
    const GOOD: [&str; 4] =
        ["Always a pleasure", "Quick and friendly", "Does exactly what I need", "I tell all my friends"];
    const FAIR: [&str; 4] =
        ["Fine but nothing special", "Good though a bit expensive", "It is okay", "Could be faster"];
    const POOR: [&str; 4] =
        ["It came too late again", "Nobody answered my question", "Too expensive for what it is", "It broke twice"];
    let choice = if score >= good {
        GOOD
    } else if score >= fair {
        FAIR
    } else {
        POOR
    };
    choice[draws.below(choice.len())]
}
