//! Queries the engine would answer wrongly are refused before they run.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, WindowType, visit_expressions};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::HistoryError;

/// Refuses what is known to come out wrong.
///
/// DataFusion 55 drops the partition and order of a named window that is given a frame where it is used
/// (`sum(v) over (w rows …) … window w as (partition by k order by v)`): a running sum then runs over all rows.
///
/// # Errors
///
/// [`HistoryError::Query`] with what to write instead.
pub(crate) fn refuse_wrong_answers(text: &str) -> Result<(), HistoryError> {
    // What does not parse here is refused by the engine, with its own words.
    let Ok(statements) = Parser::parse_sql(&GenericDialect {}, text) else { return Ok(()) };
    let found = visit_expressions(&statements, |expression| match expression {
        Expr::Function(function) => match &function.over {
            Some(WindowType::WindowSpec(window)) if window.window_name.is_some() && window.window_frame.is_some() => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    });
    if found.is_break() {
        return Err(HistoryError::Query {
            message: "a named window cannot be given a frame where it is used; \
                      write its partition, order and frame together inside over (…)"
                .to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::refuse_wrong_answers;

    #[test]
    fn only_a_named_window_with_a_frame_is_refused() {
        for (text, refused) in [
            ("select sum(v) over (w rows unbounded preceding) from t window w as (partition by k order by v)", true),
            ("select 1 from (select sum(v) over (w rows unbounded preceding) from t window w as (order by v))", true),
            ("select sum(v) over w from t window w as (partition by k order by v)", false),
            ("select sum(v) over (partition by k order by v rows unbounded preceding) from t", false),
            ("not sql at all", false),
        ] {
            assert_eq!(refuse_wrong_answers(text).is_err(), refused, "{text}");
        }
    }
}
