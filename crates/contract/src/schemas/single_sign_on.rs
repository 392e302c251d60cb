//! Schemas of the mappings from what an identity provider says to rights.

use super::shape::{
    Named, Schema, any_of, count, id, list, named, named_as, number, object, own_link, text, truth,
};

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("ClaimCondition", condition()),
        ("AccessMapping", mapping()),
        (
            "AccessMappingCollection",
            collection("accessMappings", "AccessMapping"),
        ),
        ("InventoryAccessMapping", inventory_mapping()),
        (
            "InventoryAccessMappingCollection",
            collection("inventoryAccessMappings", "InventoryAccessMapping"),
        ),
    ]
}

fn condition() -> Schema {
    object(
        "A condition on what the provider says. A claim that is not there fulfils none.",
        [
            (
                "operator",
                text("How it is compared, or how conditions are joined.")
                    .one_of(&["EQ", "NEQ", "GT", "LT", "GTE", "LTE", "IN", "AND", "OR"]),
            ),
            ("parameterPath", text("The claim: names with dots between them.")),
            (
                "value",
                any_of(
                    "The value.",
                    [text("A text."), number("A number."), truth("True or not.")],
                ),
            ),
            (
                "childPredicates",
                list(
                    "The conditions that are joined, at least one.",
                    named("ClaimCondition"),
                ),
            ),
        ],
    )
    .required(&["operator"])
}

fn mapping() -> Schema {
    object(
        "Which groups follow from what the provider says.",
        [
            ("id", count("Its number.").read_only()),
            own_link(),
            ("when", named_as("ClaimCondition", "From which claims.")),
            (
                "thenGroups",
                list("Which groups.", count("The number of a group.")),
            ),
            (
                "thenApplications",
                list(
                    "Which applications. Every user may use those of its tenant, so this only lets somebody in.",
                    count("The number of an application."),
                ),
            ),
        ],
    )
}

fn inventory_mapping() -> Schema {
    let roles = object(
        "Inventory roles on an object.",
        [
            ("managedObject", id("The object.")),
            (
                "roleIds",
                list("The roles.", count("The number of an inventory role.")),
            ),
        ],
    )
    .required(&["managedObject", "roleIds"]);
    object(
        "Which inventory roles follow from what the provider says.",
        [
            ("id", count("Its number.").read_only()),
            own_link(),
            ("when", named_as("ClaimCondition", "From which claims.")),
            ("thenInventoryRoles", list("Which roles on which objects.", roles)),
        ],
    )
}

fn collection(key: &'static str, of: &str) -> Schema {
    object(
        "All mappings of one kind.",
        [own_link(), (key, list("The mappings.", named(of)))],
    )
    .required(&[key])
}
