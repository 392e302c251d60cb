//! What is refused, and where the trouble is said to be.

use model::limits::{JSON_DEPTH_MAX, QUERY_BYTES_MAX, QUERY_DEPTH_MAX};
use query::ast::Query;
use query::fault::{BadQuery, Fault};

fn fault(text: &str) -> Option<(Fault, usize)> {
    Query::parse(text)
        .err()
        .map(|BadQuery { position, what }| (what, position))
}

#[test]
fn each_fault_is_told_with_its_place() {
    for (text, expected, position) in [
        ("name eq 'x", Fault::UnclosedText, 8),
        ("$top=5", Fault::UnknownSection, 0),
        ("$filter=a eq 1 $filter=b eq 1", Fault::SectionTwice, 15),
        ("a eq 1 $filter=b eq 1", Fault::SectionTwice, 7),
        ("$orderby=a $orderby=b", Fault::SectionTwice, 11),
        ("()", Fault::ExpectedCondition, 1),
        ("a eq 1 and", Fault::ExpectedCondition, 10),
        ("not", Fault::ExpectedCondition, 3),
        (", a eq 1", Fault::ExpectedCondition, 0),
        ("a..b eq 1", Fault::ExpectedProperty, 0),
        ("a* eq 1", Fault::ExpectedProperty, 0),
        ("'a*' eq 1", Fault::ExpectedProperty, 0),
        ("$orderby=,", Fault::ExpectedProperty, 9),
        ("$orderby=a,", Fault::ExpectedProperty, 11),
        ("a", Fault::ExpectedOperator, 1),
        ("a like 'b'", Fault::ExpectedOperator, 2),
        ("a 'eq' 5", Fault::ExpectedOperator, 2),
        ("a eq", Fault::ExpectedValue, 4),
        ("a eq )", Fault::ExpectedValue, 5),
        ("a eq \"x\"", Fault::ExpectedValue, 5),
        ("bygroupid(x)", Fault::ExpectedId, 10),
        ("bygroupid()", Fault::ExpectedId, 10),
        ("bygroupid(1,)", Fault::ExpectedId, 12),
        ("isinhierarchyof(0)", Fault::ExpectedId, 16),
        ("isinhierarchyof('1*')", Fault::ExpectedId, 16),
        ("(a eq 1", Fault::ExpectedClose, 7),
        ("bygroupid(1 2)", Fault::ExpectedClose, 12),
        ("has(a", Fault::ExpectedClose, 5),
        ("has(a,b)", Fault::OneArgument, 5),
        ("has()", Fault::ExpectedProperty, 4),
        ("  startswith(a)", Fault::UnknownFunction, 2),
        ("has(name)", Fault::NotCustom, 4),
        ("hasany(a,_id)", Fault::NotCustom, 9),
        ("has(childDevices.references)", Fault::NotCustom, 4),
        ("creationTime.date gt 'soon'", Fault::ExpectedTime, 21),
        ("lastUpdated.date eq 5", Fault::ExpectedTime, 20),
        (
            "c8y_Availability.lastMessage.date eq '2020*'",
            Fault::ExpectedTime,
            37,
        ),
        ("a lt null", Fault::NullOrder, 5),
        ("a eq 1)", Fault::Unexpected, 6),
        ("a eq 1 b eq 2", Fault::Unexpected, 7),
        ("a eq 'b' 'c'", Fault::Unexpected, 9),
        ("$orderby=a asc desc", Fault::Unexpected, 15),
        ("$orderby=a b eq 1", Fault::Unexpected, 11),
        ("ü eq 'ü' ü", Fault::Unexpected, 11),
    ] {
        assert_eq!(fault(text), Some((expected, position)), "{text}");
    }
}

#[test]
fn a_fault_says_what_to_do_and_where() {
    let told = Query::parse("name is 'x'").map_err(|bad| bad.to_string());
    let expected = "an operator is expected: eq, ne, gt, ge, lt or le (at byte 5 of the query)";
    assert_eq!(told, Err(expected.into()));
}

#[test]
fn a_query_of_the_longest_length_is_read_and_one_byte_more_is_not() {
    let of_length = |bytes: usize| format!("a eq '{}'", "x".repeat(bytes - 7));
    assert_eq!(fault(&of_length(QUERY_BYTES_MAX)), None);
    assert_eq!(
        fault(&of_length(QUERY_BYTES_MAX + 1)),
        Some((Fault::TooLong, QUERY_BYTES_MAX))
    );
}

#[test]
fn a_query_of_the_deepest_nesting_is_read_and_one_level_more_is_not() {
    let nested = |depth: usize| format!("{}a eq 1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(fault(&nested(QUERY_DEPTH_MAX)), None);
    assert_eq!(
        fault(&nested(QUERY_DEPTH_MAX + 1)),
        Some((Fault::TooDeep, QUERY_DEPTH_MAX))
    );
    let negated = |depth: usize| format!("{}has(a)", "not ".repeat(depth));
    assert_eq!(fault(&negated(QUERY_DEPTH_MAX)), None);
    assert_eq!(
        fault(&negated(QUERY_DEPTH_MAX + 1)),
        Some((Fault::TooDeep, 4 * QUERY_DEPTH_MAX))
    );
    // Far beyond the limit nothing is different: the parser has long stopped going down.
    assert_eq!(
        fault(&"(".repeat(QUERY_BYTES_MAX)),
        Some((Fault::TooDeep, QUERY_DEPTH_MAX))
    );
}

#[test]
fn a_property_deeper_than_any_document_is_refused() {
    let of_depth = |depth: usize| format!("{} eq 1", vec!["a"; depth].join("."));
    assert_eq!(fault(&of_depth(JSON_DEPTH_MAX)), None);
    assert_eq!(
        fault(&of_depth(JSON_DEPTH_MAX + 1)),
        Some((Fault::ExpectedProperty, 0))
    );
}
