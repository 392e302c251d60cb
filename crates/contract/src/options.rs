//! Endpoints of tenant options and of the platform's own settings, and what their bodies say.
//!
//! A value goes straight into its own type: whether it is a secret follows from the key, and no error repeats it.

use crate::body::{BadBody, object, parsed, require, shown};
use crate::endpoint::{Body, PAGING, answer, endpoints, nothing};
use crate::users::bodies::secret;
use model::json::Json;
use model::limits::{BODY_BYTES_MAX, OPTIONS_MAX};
use model::options::{Category, OptionKey, OptionName, OptionValue};
use model::secret::Secret;
use policy::operations::options as does;

/// Stands where the value of a secret option would be.
pub const ENCRYPTED: &str = "<<Encrypted>>";

const BODY: Body = Body {
    media: &["option"],
    schema: "Option",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/tenant/options" does does::OptionRead {
        query: &[PAGING],
        answer: answer(200, "optioncollection", "OptionCollection"),
        errors: &[403, 422],
        about: "List the options of the caller's tenant.",
    }
    Create = Post "/tenant/options" does does::OptionAdmin {
        body: BODY,
        answer: answer(200, "option", "Option"),
        errors: &[400, 403, 413, 422],
        about: "Set an option, whether it is there or not.",
    }
    ReadCategory = Get "/tenant/options/{category}" does does::OptionRead {
        answer: answer(200, "option", "CategoryOptions"),
        errors: &[403],
        about: "Read the options of one category.",
    }
    UpdateCategory = Put "/tenant/options/{category}" does does::OptionAdmin {
        body: Body { media: &["option"], schema: "CategoryOptions", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "option", "CategoryOptions"),
        errors: &[400, 403, 413, 422],
        about: "Set options of one category; the others of it stay.",
    }
    Read = Get "/tenant/options/{category}/{key}" does does::OptionRead {
        answer: answer(200, "option", "Option"),
        errors: &[403, 404],
        about: "Read an option; of a secret one, not its value.",
    }
    Update = Put "/tenant/options/{category}/{key}" does does::OptionAdmin {
        body: Body { media: &["option"], schema: "OptionValue", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "option", "Option"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change an option that is there.",
    }
    Delete = Delete "/tenant/options/{category}/{key}" does does::OptionAdmin {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete an option.",
    }
    Lock = Put "/tenant/options/{category}/{key}/editable" does does::OptionLock {
        body: Body { media: &["option"], schema: "OptionEditable", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "option", "Option"),
        errors: &[400, 403, 404, 413, 422],
        about: "Lock an option of the management tenant, so that it is neither changed nor deleted; or unlock it.",
    }
    ReadSecurity = Get "/tenant/security-options/{category}/{key}" does does::SecurityOptionRead {
        answer: answer(200, "option", "Option"),
        errors: &[403, 404],
        about: "Read an option about how users sign in: of the categories `password` and `two-factor-authentication`.",
    }
    SetSecurity = Put "/tenant/security-options/{category}/{key}" does does::SecurityOptionSet {
        body: Body { media: &["option"], schema: "OptionValue", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "option", "Option"),
        errors: &[400, 403, 404, 413, 422],
        about: "Set such an option, whether it is there or not.",
    }
    ListSystem = Get "/tenant/system/options" does does::SystemOptionRead {
        answer: answer(200, "optioncollection", "SystemOptionCollection"),
        errors: &[],
        about: "List the platform's settings, the same for every tenant.",
    }
    ReadSystem = Get "/tenant/system/options/{category}/{key}" does does::SystemOptionRead {
        answer: answer(200, "option", "SystemOption"),
        errors: &[403, 404],
        about: "Read one of the platform's settings; the secured ones need ROLE_OPTION_MANAGEMENT_ADMIN.",
    }
}

/// An option as a client sends it: its name and its value.
pub fn new_option(body: Json) -> Result<(OptionName, OptionValue), BadBody> {
    let mut body = object(body)?;
    require(&body, &["category", "key", "value"])?;
    let category: Option<Category> = parsed(&body, "category", Category::RULE)?;
    let key: Option<OptionKey> = parsed(&body, "key", OptionKey::RULE)?;
    let name = category
        .zip(key)
        .map(|(category, key)| OptionName { category, key })
        .ok_or(BadBody::Missing(vec!["category", "key"]))?;
    let text = secret(&mut body, "value")?.ok_or(BadBody::Missing(vec!["value"]))?;
    let value = value_of(&name.key, "value", text)?;
    Ok((name, value))
}

/// A new value for the option of this key.
pub fn option_value(body: Json, key: &OptionKey) -> Result<OptionValue, BadBody> {
    let mut body = object(body)?;
    let text = secret(&mut body, "value")?.ok_or(BadBody::Missing(vec!["value"]))?;
    value_of(key, "value", text)
}

/// Whether an option can be changed from now on; clients send it as text too.
pub fn option_editable(body: Json) -> Result<bool, BadBody> {
    let body = object(body)?;
    require(&body, &["editable"])?;
    match body.get("editable") {
        Some(Json::Bool(is_editable)) => Ok(*is_editable),
        Some(Json::String(text)) if text == "true" => Ok(true),
        Some(Json::String(text)) if text == "false" => Ok(false),
        _ => Err(BadBody::WrongType {
            property: "editable".to_owned(),
            expected: "true or false",
        }),
    }
}

/// The options of one category. Secret ones that were sent as they are shown stay as they are, so that a category that
/// was read can be sent back.
pub fn category_options(body: Json) -> Result<Vec<(OptionKey, OptionValue)>, BadBody> {
    let body = object(body)?;
    if body.len() > OPTIONS_MAX {
        return Err(BadBody::TooMany {
            property: "options",
            most: OPTIONS_MAX,
        });
    }
    let mut options = Vec::with_capacity(body.len());
    for (name, value) in body.iter() {
        let key: OptionKey = name.parse().map_err(|_| BadBody::Rule {
            property: shown(name),
            rule: OptionKey::RULE,
        })?;
        let text = value.as_str().ok_or_else(|| BadBody::WrongType {
            property: shown(name),
            expected: "a string",
        })?;
        if key.is_secret() && text == ENCRYPTED {
            continue;
        }
        let value = value_of(&key, name, Secret::new(text))?;
        options.push((key, value));
    }
    Ok(options)
}

fn value_of(key: &OptionKey, property: &str, text: Secret) -> Result<OptionValue, BadBody> {
    let broken = |rule| BadBody::Rule {
        property: shown(property),
        rule,
    };
    if key.is_secret() && text.expose() == ENCRYPTED {
        return Err(broken("it stands for a secret and is none"));
    }
    OptionValue::new(text).map_err(|bad| broken(bad.0))
}
