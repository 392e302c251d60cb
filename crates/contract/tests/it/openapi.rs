//! The API document against the declarations.

use contract::endpoint::Kind;
use contract::endpoints::Endpoint;
use contract::openapi::{document, operation_id, placeholders, text};
use contract::schemas::names_in;
use policy::operation::Need;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The operation of an endpoint in the document.
fn operation(endpoint: Endpoint) -> &'static Value {
    let declaration = endpoint.declaration();
    let method = declaration.method.name().to_ascii_lowercase();
    document()["paths"]
        .get(declaration.path)
        .and_then(|path| path.get(&method))
        .expect(declaration.path)
}

fn named(name: &str) -> &'static Value {
    let found = Endpoint::all().find(|endpoint| operation_id(*endpoint) == name);
    operation(found.expect(name))
}

/// Every reference to a place in the document.
fn references(part: &Value) -> Vec<&str> {
    match part {
        Value::Array(values) => values.iter().flat_map(references).collect(),
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str);
            own.into_iter()
                .chain(members.values().flat_map(references))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let references = references(document());
    assert!(references.len() > 100);
    for reference in references {
        let place = reference.strip_prefix('#').expect("within the document");
        assert!(document().pointer(place).is_some(), "{reference}");
    }
}

#[test]
fn every_endpoint_is_there_under_a_name_of_its_own() {
    let ids: BTreeSet<_> = Endpoint::all()
        .map(|endpoint| operation(endpoint)["operationId"].as_str())
        .collect();
    assert_eq!(ids.len(), Endpoint::all().count());
    let operations: usize = document()["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().map_or(0, |p| p.len()))
        .sum();
    assert_eq!(operations, Endpoint::all().count(), "and nothing else is");
    assert_eq!(
        named("inventory_list_child_devices")["tags"],
        json!(["inventory"])
    );
}

// R044
#[test]
fn every_endpoint_says_what_it_needs() {
    for endpoint in Endpoint::all() {
        let need = &operation(endpoint)["x-required-permission"];
        assert!(
            need["text"].as_str().is_some_and(|text| !text.is_empty()),
            "{}",
            operation_id(endpoint)
        );
    }
    let need = |name: &str| {
        let mut need = named(name)["x-required-permission"].clone();
        need.as_object_mut().expect("an object").remove("text");
        need
    };
    assert_eq!(need("tenants_setup"), json!({ "public": true }));
    assert_eq!(need("platform_platform"), json!({ "signedIn": true }));
    assert_eq!(need("audit_read"), json!({ "anyRole": ["ROLE_AUDIT_READ"] }));
    assert_eq!(
        need("tenants_delete"),
        json!({ "anyRole": ["ROLE_TENANT_MANAGEMENT_ADMIN"], "tenant": "management" })
    );
    assert_eq!(
        need("measurements_create"),
        json!({ "anyRole": ["ROLE_MEASUREMENT_ADMIN"], "or": ["owner", "permission"], "scope": "MEASUREMENT", "level": "ADMIN" })
    );
    let readers = ["ROLE_INVENTORY_READ", "ROLE_MANAGED_OBJECT_READ"];
    let either = ["owner", "permission", "c8y_Global"];
    assert_eq!(
        need("inventory_read"),
        json!({ "anyRole": readers, "or": either, "scope": "MANAGED_OBJECT", "level": "READ" })
    );
    assert_eq!(
        need("inventory_list"),
        json!({
            "anyRole": readers, "or": either, "scope": "MANAGED_OBJECT", "level": "READ", "otherwise": "filtered"
        })
    );
}

// R049
#[test]
fn only_public_endpoints_are_open_and_all_others_may_answer_401() {
    for endpoint in Endpoint::all() {
        let is_public = endpoint.declaration().operation.need == Need::Public;
        let operation = operation(endpoint);
        assert_eq!(
            operation.get("security") == Some(&json!([])),
            is_public,
            "{}",
            operation_id(endpoint)
        );
        // Where a session is opened or a device enrols, what does not let anybody in is answered so too.
        const LET_IN: [&str; 3] = ["session_open", "device_enrol", "sign_in_elsewhere"];
        let lets_in = LET_IN.contains(&endpoint.declaration().operation.name);
        assert_eq!(
            operation["responses"].get("401").is_none(),
            is_public && !lets_in,
            "{}",
            operation_id(endpoint)
        );
    }
    let ways =
        json!([{ "basicAuth": [] }, { "serviceKey": [] }, { "session": [] }, { "cookie": [], "xsrf": [] }]);
    assert_eq!(document()["security"], ways);
}

#[test]
fn every_declared_status_is_there_and_every_error_has_the_one_shape() {
    for endpoint in Endpoint::all() {
        let declaration = endpoint.declaration();
        let responses = &operation(endpoint)["responses"];
        assert!(
            responses.get(declaration.answer.status.to_string()).is_some(),
            "{}",
            declaration.name
        );
        for status in declaration.errors.iter().chain(&[500, 503]) {
            let place = responses[status.to_string()]["$ref"]
                .as_str()
                .and_then(|place| place.strip_prefix('#'));
            let error = document().pointer(place.expect("a reference")).expect("an error");
            assert_eq!(names_in(error), ["Error"], "{status}");
            assert_ne!(error["description"], "Refused.", "{status} says what it means");
        }
    }
}

#[test]
fn every_parameter_is_there_and_explained() {
    for endpoint in Endpoint::all() {
        let declaration = endpoint.declaration();
        let in_path = placeholders(endpoint.resource(), declaration.path);
        assert_eq!(
            in_path.len(),
            declaration.path.matches('{').count(),
            "{}",
            declaration.path
        );
        // A change that may find another state than expected takes `If-Match`; where there is a choice, a processing
        // mode or a system of units.
        let has_modes = contract::processing::modes(endpoint).len() > 1;
        let has_units = contract::units::converts(endpoint);
        let in_header = [declaration.errors.contains(&412), has_modes, has_units];
        let in_header = in_header.into_iter().filter(|has| *has).count();
        let expected = in_path.len() + declaration.query.iter().copied().flatten().count() + in_header;
        let parameters = operation(endpoint)["parameters"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        assert_eq!(parameters.len(), expected, "{}", declaration.path);
        let mut seen = BTreeSet::new();
        for parameter in parameters {
            assert_ne!(
                parameter["description"], "",
                "{}: {}",
                declaration.path, parameter["name"]
            );
            assert!(
                seen.insert((parameter["in"].as_str(), parameter["name"].as_str())),
                "{}",
                declaration.path
            );
        }
    }
    let parameters = named("inventory_list")["parameters"]
        .as_array()
        .expect("parameters");
    let ids = parameters
        .iter()
        .find(|parameter| parameter["name"] == "ids")
        .expect("ids");
    assert_eq!(
        (&ids["style"], &ids["explode"], &ids["schema"]["type"]),
        (&json!("form"), &json!(false), &json!("array"))
    );
}

fn check_body(name: &str, expected: &[(&str, &[&str])]) {
    let content = named(name)["requestBody"]["content"]
        .as_object()
        .expect("content");
    let found: Vec<(&str, Vec<&str>)> = content
        .iter()
        .map(|(media, of)| (media.as_str(), names_in(&of["schema"])))
        .collect();
    let expected: Vec<(&str, Vec<&str>)> = expected
        .iter()
        .map(|(media, names)| (*media, names.to_vec()))
        .collect();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn each_media_type_of_a_body_has_its_own_schema_and_plain_json_may_be_any() {
    check_body(
        "measurements_create",
        &[
            ("application/json", &["Measurement", "MeasurementCollection"]),
            (
                "application/vnd.com.nsn.cumulocity.measurement+json",
                &["Measurement"],
            ),
            (
                "application/vnd.com.nsn.cumulocity.measurementcollection+json",
                &["MeasurementCollection"],
            ),
        ],
    );
    check_body(
        "inventory_add_child_assets",
        &[
            ("application/json", &["ChildBody"]),
            (
                "application/vnd.com.nsn.cumulocity.managedobject+json",
                &["ManagedObject"],
            ),
            (
                "application/vnd.com.nsn.cumulocity.managedobjectreference+json",
                &["Reference"],
            ),
            (
                "application/vnd.com.nsn.cumulocity.managedobjectreferencecollection+json",
                &["ReferenceCollection"],
            ),
        ],
    );
    check_body(
        "tenants_setup",
        &[
            ("application/json", &["TenantSetup"]),
            (
                "application/vnd.com.nsn.cumulocity.tenantsetup+json",
                &["TenantSetup"],
            ),
        ],
    );
}

#[test]
fn what_is_sent_in_one_of_several_media_types_is_answered_in_the_same() {
    for name in ["measurements_create", "inventory_add_child_devices"] {
        let operation = named(name);
        let sent = operation["requestBody"]["content"].as_object().expect("a body");
        assert_eq!(
            operation["responses"]["201"]["content"].as_object(),
            Some(sent),
            "{name}"
        );
    }
    let answered = named("inventory_update")["responses"]["200"]["content"]
        .as_object()
        .expect("an answer");
    let media: Vec<_> = answered.keys().map(String::as_str).collect();
    assert_eq!(
        media,
        [
            "application/json",
            "application/vnd.com.nsn.cumulocity.managedobject+json"
        ]
    );
}

#[test]
fn a_parameter_that_may_be_wrong_has_an_answer() {
    for endpoint in Endpoint::all() {
        let declaration = endpoint.declaration();
        let mut parameters = declaration.query.iter().flat_map(|group| group.iter());
        let may_be_wrong = parameters.any(|one| matches!(one.kind, Kind::Bool | Kind::Number | Kind::Date));
        let answers = operation(endpoint)["responses"].as_object().expect("answers");
        assert!(
            !may_be_wrong || answers.contains_key("422") || answers.contains_key("400"),
            "{}: 422 is missing",
            operation_id(endpoint)
        );
    }
}

#[test]
fn the_text_is_the_document_and_ends_with_a_line_feed() {
    assert!(text().ends_with("}\n") && !text().ends_with("\n\n"));
    assert_eq!(&serde_json::from_str::<Value>(text()).expect("JSON"), document());
    assert_eq!(document()["openapi"], "3.1.0");
}
