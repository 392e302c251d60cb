//! Texts of the REST API: documents and queries. Nothing panics, and a document that is read is written so that it is
//! read the same.

use smartrest::json_path::{JsonPath, Walk};

/// Reads these bytes as a document, and as a query.
pub fn check(bytes: &[u8]) {
    if let Ok(document) = contract::json::parse(bytes) {
        let text = document.to_string();
        assert_eq!(
            contract::json::parse(text.as_bytes()).expect("what was written is read"),
            document
        );
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = query::ast::Query::parse(text);
    if let Some((path, document)) = text.split_once('\n')
        && let (Ok(path), Ok(document)) = (
            path.parse::<JsonPath>(),
            contract::json::parse(document.as_bytes()),
        )
    {
        let found = path.find(&document, 10, &mut Walk::of(1_000));
        assert!(found.is_none_or(|found| found.len() <= 10));
    }
}
