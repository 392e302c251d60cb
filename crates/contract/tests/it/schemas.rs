//! Schemas against the declarations that use them, and their examples against the reading of bodies.

use crate::json;
use contract::endpoints::Endpoint;
use contract::inventory::{new_children, new_object};
use contract::schemas::{all, names_in};
use serde_json::Value;
use std::collections::BTreeSet;

/// The schemas that the declarations name, and those that follow from them.
fn named() -> BTreeSet<&'static str> {
    let declared = Endpoint::all()
        .map(Endpoint::declaration)
        .flat_map(|declaration| {
            let body = declaration.body.map(|body| body.schema);
            body.into_iter().chain(declaration.answer.schema)
        });
    let mut waiting: Vec<&'static str> = declared.chain(["Error"]).collect();
    let mut named = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if named.insert(name) {
            waiting.extend(all().get(name).map(names_in).unwrap_or_default());
        }
    }
    named
}

#[test]
fn every_schema_that_is_named_exists_and_none_is_unused() {
    let existing: BTreeSet<&str> = all().keys().copied().collect();
    assert_eq!(named(), existing);
}

#[test]
fn every_schema_and_every_property_says_what_it_is() {
    for (name, schema) in all() {
        assert!(is_explained(schema), "{name}");
        for (property, of) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            assert!(is_explained(of), "{name}.{property}");
        }
    }
}

fn is_explained(schema: &Value) -> bool {
    let about = schema.get("description").and_then(Value::as_str);
    schema.get("$ref").is_some() || about.is_some_and(|about| about.ends_with('.'))
}

#[test]
fn what_must_be_there_is_described() {
    for (name, schema) in all() {
        for required in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let properties = schema.get("properties").expect("properties");
            assert!(
                properties.get(required.as_str().expect("a name")).is_some(),
                "{name}: {required}"
            );
        }
    }
}

#[test]
fn the_examples_are_bodies_that_are_read() {
    let example = |name: &str| {
        let example = all()
            .get(name)
            .and_then(|schema| schema.pointer("/examples/0"))
            .expect(name);
        json(&example.to_string())
    };
    assert!(new_object(example("ManagedObject")).is_ok());
    assert!(new_children(example("Reference"), Some("managedobjectreference")).is_ok());
    assert!(
        new_children(
            example("ReferenceCollection"),
            Some("managedobjectreferencecollection")
        )
        .is_ok()
    );
    assert!(contract::identity::new_external_id(example("ExternalId")).is_ok());
    assert!(contract::measurements::new_measurements(example("Measurement")).is_ok());
    assert!(contract::audit::new_record(example("AuditRecord")).is_ok());
    assert!(contract::users::new_user(example("User")).is_ok());
    assert!(contract::users::new_group(example("Group")).is_ok());
    assert!(contract::tenants::new_tenant(example("Tenant")).is_ok());
    assert!(contract::inventory_roles::new_role(example("InventoryRole")).is_ok());
    assert!(contract::permissions::new_assignment(example("InventoryAssignment")).is_ok());
    assert!(contract::permissions::rules(example("PermissionRules")).is_ok());
    let on = model::permissions::parse_object("10200").expect("an id");
    assert!(contract::permissions::owners_change(example("UpdatedDevicePermissions"), on).is_ok());
    assert!(contract::projects::new_project(example("Project")).is_ok());
    assert!(contract::projects::destination(example("ProjectMove")).is_ok());
}
