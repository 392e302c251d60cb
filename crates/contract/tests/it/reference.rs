//! The page against the declarations and against what its content policy lets through.

use contract::endpoints::Endpoint;
use contract::openapi::operation_id;
use contract::reference::{STYLE, page};
use contract::schemas::all;
use std::collections::BTreeSet;

/// The values of an attribute, wherever it stands.
fn values(attribute: &str) -> Vec<&'static str> {
    let start = format!(" {attribute}=\"");
    page()
        .split(start.as_str())
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_endpoint_and_every_schema_has_its_place() {
    let ids = values("id");
    let distinct: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len(), "no place has two owners");
    for endpoint in Endpoint::all() {
        assert!(
            distinct.contains(operation_id(endpoint).as_str()),
            "{}",
            operation_id(endpoint)
        );
    }
    for name in all().keys() {
        assert!(distinct.contains(format!("schema-{name}").as_str()), "{name}");
    }
}

#[test]
fn every_link_leads_to_a_place_of_the_page_or_to_the_document() {
    let ids: BTreeSet<_> = values("id").into_iter().collect();
    for link in values("href") {
        let leads = link
            .strip_prefix('#')
            .map_or(link == "/api/openapi.json", |place| ids.contains(place));
        assert!(leads, "{link}");
    }
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing() {
    for forbidden in [
        "<script",
        "<link",
        "<img",
        "<iframe",
        "<form",
        "http://",
        "https://",
        "javascript:",
        "@import",
        "url(",
    ] {
        assert!(!page().contains(forbidden), "{forbidden}");
    }
    for attribute in ["style", "onclick", "onload", "src", "action"] {
        assert_eq!(values(attribute), Vec::<&str>::new(), "{attribute}");
    }
}

// A browser compares the hash of these bytes with the one in the policy.
#[test]
fn the_one_style_sheet_stands_in_the_page_to_the_byte() {
    let styles: Vec<_> = page()
        .split("<style>")
        .skip(1)
        .filter_map(|rest| rest.split("</style>").next())
        .collect();
    assert_eq!(styles, [STYLE]);
}

#[test]
fn every_element_that_is_opened_is_closed() {
    let voids = ["meta", "!DOCTYPE"];
    let mut open = Vec::new();
    for tag in page().split('<').skip(1) {
        let inside = tag.split('>').next().expect("a tag");
        let name = inside.split(' ').next().expect("a name");
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if voids.contains(&name) => {}
            None => open.push(name),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn a_reader_sees_what_an_endpoint_needs_takes_and_answers() {
    let article = page()
        .split("<article id=\"inventory_create\">")
        .nth(1)
        .and_then(|rest| rest.split("</article>").next());
    let article = article.expect("the article");
    for part in [
        "POST",
        "/inventory/managedObjects",
        "ROLE_INVENTORY_CREATE",
        "#schema-ManagedObject",
        "201",
        "422",
    ] {
        assert!(article.contains(part), "{part}");
    }
}
