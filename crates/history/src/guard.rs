//! Queries the engine would answer wrongly are refused before they run.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, WindowType,
    visit_expressions, visit_relations,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

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

/// Bytes a query may have.
const QUERY_MAX: usize = 100_000;
/// Operators and words that make a query deeper, one inside the other: `a and b and c` is as deep as it is long.
const JOINTS_MAX: usize = 1_000;
/// Selects of a query: each is a plan of its own, and a union of many is as deep as it is long.
const SELECTS_MAX: usize = 100;
/// Tables of a query, joined by words or commas: their plan is as deep as they are many.
const RELATIONS_MAX: usize = 100;
/// Words that are operators.
const JOINTS: [Keyword; 16] = [
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::IS,
    Keyword::IN,
    Keyword::LIKE,
    Keyword::ILIKE,
    Keyword::BETWEEN,
    Keyword::CASE,
    Keyword::WHEN,
    Keyword::CAST,
    Keyword::JOIN,
    Keyword::UNION,
    Keyword::EXCEPT,
    Keyword::INTERSECT,
    Keyword::INTERVAL,
];

/// Refuses queries whose reading or planning alone could cost too much: both are done by recursion, and a text of a
/// megabyte can ask for a depth that no stack has.
///
/// # Errors
///
/// [`HistoryError::Limit`] with the limit.
pub(crate) fn refuse_oversized(text: &str) -> Result<(), HistoryError> {
    let refused = |message: &str| {
        let hint = "shorten it: write `column in (…)` for many conditions on one column, and ask several questions \
                    instead of one";
        Err(HistoryError::Limit { message: message.to_owned(), hint })
    };
    if text.len() > QUERY_MAX {
        return refused("a query may have 100,000 characters at most");
    }
    // What cannot be cut into words is refused by the engine, with its own words.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else { return Ok(()) };
    if tokens.iter().filter(|token| is_joint(token)).count() > JOINTS_MAX {
        return refused("a query may have 1,000 operators and conditions at most");
    }
    if tokens.iter().filter(|token| is_word(token, Keyword::SELECT)).count() > SELECTS_MAX {
        return refused("a query may have 100 selects at most");
    }
    match Parser::parse_sql(&GenericDialect {}, text) {
        Err(ParserError::RecursionLimitExceeded) => refused("the query is nested too deeply"),
        Ok(statements) => {
            let mut relations = 0;
            let many = visit_relations(&statements, |_| {
                relations += 1;
                if relations > RELATIONS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if many.is_break() { refused("a query may join 100 tables at most") } else { Ok(()) }
        }
        Err(_) => Ok(()),
    }
}

fn is_word(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == keyword)
}

fn is_joint(token: &Token) -> bool {
    match token {
        Token::Word(word) => JOINTS.contains(&word.keyword),
        Token::Comma | Token::Period | Token::SemiColon | Token::RParen | Token::RBracket | Token::RBrace => false,
        Token::EOF | Token::Whitespace(_) | Token::Number(..) | Token::Char(_) | Token::Placeholder(_) => false,
        Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) | Token::NationalStringLiteral(_) => false,
        // Everything else stands between two parts, or opens one.
        _ => true,
    }
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

/// A set of customers that a filter names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Among {
    pub(crate) name: String,
    /// Whether those in it are meant, or the others.
    pub(crate) inside: bool,
}

/// What is said when a filter names a set and there are none.
pub(crate) fn no_segments() -> HistoryError {
    HistoryError::Query { message: "there are no segments; save one first".to_owned() }
}

/// Takes the sets of customers out of a filter, as in `segment('vip') and country = 'Finland'`, and leaves the condition
/// on the columns of a row.
///
/// # Errors
///
/// [`HistoryError::Query`] when a set is named where rows are compared, and as [`refuse_filter`].
pub(crate) fn split_filter(text: &str) -> Result<(Vec<Among>, Option<String>), HistoryError> {
    if !text.to_lowercase().contains("segment") || text.len() > FILTER_MAX {
        refuse_filter(text)?;
        return Ok((Vec::new(), Some(text.to_owned())));
    }
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(text).and_then(|mut parser| {
        let condition = parser.parse_expr()?;
        // What stands behind it would be passed over.
        parser.expect_token(&Token::EOF)?;
        Ok(condition)
    });
    let Ok(condition) = parsed else { return Ok((Vec::new(), Some(text.to_owned()))) };
    let (mut among, mut rest) = (Vec::new(), Vec::new());
    joined(condition, &mut |part| match named(&part) {
        Some(found) => among.push(found),
        None => rest.push(part.to_string()),
    });
    let names_set = rest.iter().any(|part| part.to_lowercase().contains("segment("));
    if names_set {
        return Err(HistoryError::Query {
            message: "segment('…') stands alone or is joined by `and` to a condition, not inside `or`".to_owned(),
        });
    }
    let plain = (!rest.is_empty()).then(|| rest.join(" and "));
    plain.as_deref().map_or(Ok(()), refuse_filter)?;
    Ok((among, plain))
}

/// Hands out the parts of a condition that are joined by `and`.
fn joined(condition: Expr, take: &mut dyn FnMut(Expr)) {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            joined(*left, take);
            joined(*right, take);
        }
        Expr::Nested(inner)
            if matches!(&*inner, Expr::BinaryOp { op: BinaryOperator::And, .. } | Expr::Function(_)) =>
        {
            joined(*inner, take);
        }
        other => take(other),
    }
}

/// The set a part names: `segment('vip')`, `not segment('vip')`.
fn named(part: &Expr) -> Option<Among> {
    match part {
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            let found = named(expr)?;
            Some(Among { inside: !found.inside, ..found })
        }
        Expr::Nested(inner) => named(inner),
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("segment") => {
            let FunctionArguments::List(list) = &function.args else { return None };
            let [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] = list.args.as_slice() else {
                return None;
            };
            let name = value.value.clone().into_string()?;
            Some(Among { name, inside: true })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{refuse_filter, refuse_wrong_answers, split_filter};

    #[test]
    fn sets_of_customers_are_taken_out_of_a_filter() {
        let check = |text: &str, names: &str, rest: Option<&str>| {
            let (among, plain) = split_filter(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let said: Vec<String> =
                among.iter().map(|among| format!("{}{}", if among.inside { "" } else { "!" }, among.name)).collect();
            assert_eq!((said.join(" ").as_str(), plain.as_deref()), (names, rest), "{text}");
        };
        check("segment('vip')", "vip", None);
        check("Segment('o''neil') AND country = 'FI'", "o'neil", Some("country = 'FI'"));
        check(
            "(country = 'FI' or country = 'SE') and not segment('vip')",
            "!vip",
            Some("(country = 'FI' OR country = 'SE')"),
        );
        check("(segment('a') and segment('b'))", "a b", None);
        check("country = 'segment'", "", Some("country = 'segment'"));
        check("segment('a') segment('b')", "", Some("segment('a') segment('b')")); // which the engine refuses
        for wrong in ["segment('a') or country = 'FI'", "segment(country)", "not (segment('a') and country = 'FI')"] {
            assert!(split_filter(wrong).is_err(), "{wrong}");
        }
    }

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
