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

/// Bytes a filter may have: a condition a person writes has fewer, and a very deep one would end the stack.
const FILTER_MAX: usize = 1_000;
/// Functions a filter may use. Others can take gigabytes for one row, or answer otherwise each time.
const FILTER_FUNCTIONS: [&str; 5] = ["lower", "upper", "trim", "coalesce", "abs"];

/// Refuses filters that are no plain condition on the columns of one row: they come from anybody's address bar.
///
/// # Errors
///
/// [`HistoryError::Query`] with what is allowed.
pub(crate) fn refuse_filter(text: &str) -> Result<(), HistoryError> {
    let refused = |message: &str| Err(HistoryError::Query { message: message.to_owned() });
    if text.len() > FILTER_MAX {
        return refused("a condition may have 1,000 characters at most");
    }
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
    let Ok(condition) = parsed else { return Ok(()) }; // the engine says with its own words what is wrong
    let found = visit_expressions(&condition, |part| match part {
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            if FILTER_FUNCTIONS.contains(&name.as_str()) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    if found.is_break() {
        return refused(
            "a condition compares columns with values; of functions it may use lower, upper, trim, coalesce and abs",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{refuse_filter, refuse_wrong_answers};

    #[test]
    fn a_filter_is_a_plain_condition() {
        let deep = "1-".repeat(2_000) + "1<1";
        for (text, refused) in [
            ("country = 'Finland' and not is_bot", false),
            ("lower(country) in ('finland', 'sweden') or amount between 1 and 5", false),
            ("length(repeat(country, 100000)) > 1", true),
            ("random() < 0.5", true),
            ("amount > (select 1)", true),
            ("customer_id in (select customer_id from orders)", true),
            (deep.as_str(), true),
        ] {
            assert_eq!(refuse_filter(text).is_err(), refused, "{text:.60}");
        }
    }

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
