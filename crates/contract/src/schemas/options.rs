//! Schemas of options.

use super::shape::{Named, Schema, list, named, object, own_link, page, text};
use model::limits::{OPTION_CATEGORY_BYTES_MAX, OPTION_KEY_BYTES_MAX, OPTION_VALUE_BYTES_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Option", option()),
        ("OptionValue", option_value()),
        ("OptionEditable", option_editable()),
        (
            "OptionCollection",
            page("A page of options.", "options", "Option"),
        ),
        ("CategoryOptions", category_options()),
        ("SystemOption", system_option()),
        ("SystemOptionCollection", system_options()),
    ]
}

fn option_editable() -> Schema {
    object(
        "Whether an option can be changed.",
        [(
            "editable",
            text("Whether it can be changed from now on.").one_of(&["true", "false"]),
        )],
    )
    .required(&["editable"])
}

fn value() -> Schema {
    text(
        "Its value. That of a key that begins with `credentials.` is stored and shown only as `<<Encrypted>>`.",
    )
    .at_most(OPTION_VALUE_BYTES_MAX)
}

fn option() -> Schema {
    object(
        "A setting of the tenant.",
        [
            (
                "category",
                text("Its category.")
                    .at_least(1)
                    .at_most(OPTION_CATEGORY_BYTES_MAX)
                    .matching(r#"^[^\s$&+,/:;=?@"<>#%{}|\\^~\[\]`]+$"#),
            ),
            ("key", text("Its key.").at_least(1).at_most(OPTION_KEY_BYTES_MAX)),
            ("value", value()),
            own_link(),
        ],
    )
    .required(&["category", "key"])
    .example(json!({
        "category": "alarm.type.mapping", "key": "temp_too_high", "value": "CRITICAL|temperature too high"
    }))
}

fn option_value() -> Schema {
    object("A new value of an option.", [("value", value())]).required(&["value"])
}

fn category_options() -> Schema {
    object("The options of one category: values by key.", [])
        .with_others(value())
        .example(json!({ "temp_too_high": "120", "temp_too_low": "0" }))
}

fn system_option() -> Schema {
    object(
        "A setting of the platform.",
        [
            ("category", text("Its category.")),
            ("key", text("Its key.")),
            (
                "value",
                text("Its value; `<<Encrypted>>` where the caller may not know it."),
            ),
        ],
    )
    .required(&["category", "key", "value"])
}

fn system_options() -> Schema {
    object(
        "The platform's settings.",
        [
            own_link(),
            ("options", list("All of them.", named("SystemOption"))),
        ],
    )
    .required(&["options"])
}
