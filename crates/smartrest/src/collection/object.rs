//! Collections as the inventory holds them: a fragment with two lists of templates, as programs write and export it.

use super::{
    Action, Api, BadCollection, Collection, CustomValue, Method, RequestTemplate, ResponseTemplate,
    check_count, check_fixed, custom_value, optional_path, required_path,
};
use crate::fault::Fault;
use crate::json_path::JsonPath;
use crate::values::{BOOLEAN, boolean, text_of};
use model::json::{Json, Object};

const REQUESTS: &str = "requestTemplates";
const RESPONSES: &str = "responseTemplates";

impl Collection {
    /// The collection of a fragment. A list that is not there is empty.
    pub fn from_object(fragment: &Json) -> Result<Self, BadCollection> {
        let fragment = fragment.as_object().ok_or(BadCollection::NotACollection)?;
        Self::new(
            each(fragment, REQUESTS, request)?,
            each(fragment, RESPONSES, response)?,
        )
    }

    /// The fragment of a collection.
    pub fn to_object(&self) -> Object {
        let list = |templates: Vec<Object>| Json::Array(templates.into_iter().map(Json::Object).collect());
        [
            (REQUESTS, list(self.requests().iter().map(show_request).collect())),
            (
                RESPONSES,
                list(self.responses().iter().map(show_response).collect()),
            ),
        ]
        .into_iter()
        .collect()
    }
}

fn each<T>(
    fragment: &Object,
    list: &'static str,
    read: impl Fn(&Object) -> Result<T, Fault>,
) -> Result<Vec<T>, BadCollection> {
    let templates = match fragment.get(list) {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(templates)) => templates,
        Some(_) => return Err(BadCollection::NotACollection),
    };
    if templates.len() > crate::limits::TEMPLATES_MAX {
        return Err(BadCollection::TooMany);
    }
    let read = |(place, template): (usize, &Json)| {
        let template = template.as_object().ok_or(BadCollection::NotACollection)?;
        read(template).map_err(|fault| BadCollection::Template {
            list,
            place: place + 1,
            fault,
        })
    };
    templates.iter().enumerate().map(read).collect()
}

/// A property as text; what is not there is empty.
fn text(object: &Object, name: &str) -> String {
    object.get(name).map(text_of).unwrap_or_default()
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn array<'o>(object: &'o Object, name: &'static str) -> Result<&'o [Json], Fault> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(values)) => {
            check_count(values.len())?;
            Ok(values)
        }
        Some(_) => Err(Fault::wrong(name, "an array")),
    }
}

fn truth(object: &Object, name: &'static str, default: bool) -> Result<bool, Fault> {
    match text(object, name).as_str() {
        "" => Ok(default),
        text => boolean(text).ok_or(Fault::wrong(name, BOOLEAN)),
    }
}

fn request(template: &Object) -> Result<RequestTemplate, Fault> {
    let method = Method::from_word(&text(template, "method"));
    let api = Api::from_word(&text(template, "api"));
    let action = method.zip(api).and_then(|(method, api)| Action::of(method, api));
    let action = action.ok_or(Fault::wrong(
        "method or api",
        "one that templates can be made for",
    ))?;
    let values = array(template, "mandatoryValues")?;
    let mut mandatory = Vec::new();
    for (place, (_, kind)) in action.mandatory().iter().enumerate() {
        let id_type = || (action.api() == Api::Inventory).then(|| text(template, "externalIdType"));
        let value = id_type()
            .and_then(filled)
            .or_else(|| filled(mandatory_value(values.get(place))));
        check_fixed(*kind, value.as_deref())?;
        mandatory.push(value);
    }
    let custom = |value: &Json| {
        let value = value
            .as_object()
            .ok_or(Fault::wrong("customValues", "an array of objects"))?;
        custom_value(
            &text(value, "path"),
            &text(value, "type"),
            filled(text(value, "value")),
        )
    };
    Ok(RequestTemplate {
        id: text(template, "msgId").parse()?,
        action,
        answers: truth(template, "response", action.method() == Method::Get)?,
        by_id: action.names_object() && truth(template, "byId", true)?,
        mandatory,
        values: array(template, "customValues")?
            .iter()
            .map(custom)
            .collect::<Result<_, _>>()?,
    })
}

/// Some programs write the value itself, others an object with its path and type.
fn mandatory_value(value: Option<&Json>) -> String {
    match value {
        Some(Json::Object(value)) => text(value, "value"),
        Some(value) => text_of(value),
        None => String::new(),
    }
}

fn response(template: &Object) -> Result<ResponseTemplate, Fault> {
    // Both names are in use, for texts and for objects with a path.
    let name = if template.contains("pattern") {
        "pattern"
    } else {
        "patterns"
    };
    let pattern = |pattern: &Json| match pattern {
        Json::Object(pattern) => required_path(&text(pattern, "path"), "the pattern"),
        text => required_path(&text_of(text), "the pattern"),
    };
    let patterns: Vec<_> = array(template, name)?
        .iter()
        .map(pattern)
        .collect::<Result<_, _>>()?;
    if patterns.is_empty() {
        return Err(Fault::missing("pattern"));
    }
    Ok(ResponseTemplate {
        id: text(template, "msgId").parse()?,
        base: optional_path(&text(template, "base"), "the base")?,
        condition: optional_path(&text(template, "condition"), "the condition")?,
        patterns,
    })
}

fn show_request(request: &RequestTemplate) -> Object {
    let action = request.action;
    let mut shown = Object::new();
    shown.set("name", request.id.as_str());
    shown.set("msgId", request.id.as_str());
    shown.set("method", action.method().word());
    shown.set("api", action.api().word());
    shown.set("response", request.answers);
    shown.set("byId", request.by_id);
    let text = |value: &Option<String>| value.as_deref().unwrap_or_default().to_owned();
    if action.api() == Api::Inventory {
        shown.set(
            "externalIdType",
            request.mandatory.first().map(text).unwrap_or_default(),
        );
        shown.set("mandatoryValues", Vec::new());
    } else {
        let mandatory = action.mandatory().iter().zip(&request.mandatory);
        let show = |((name, kind), value): (&(&str, crate::values::ValueType), &Option<String>)| {
            value_object(format!("$.{name}"), kind.word(), text(value))
        };
        shown.set("mandatoryValues", mandatory.map(show).collect::<Vec<_>>());
    }
    let show = |it: &CustomValue| value_object(it.path.to_string(), it.kind.word(), text(&it.value));
    shown.set(
        "customValues",
        request.values.iter().map(show).collect::<Vec<_>>(),
    );
    shown
}

fn value_object(path: String, kind: &str, value: String) -> Json {
    let object: Object = [("path", path), ("type", kind.to_owned()), ("value", value)]
        .into_iter()
        .collect();
    object.into()
}

fn show_response(response: &ResponseTemplate) -> Object {
    let path = |path: &Option<JsonPath>| path.as_ref().map(ToString::to_string).unwrap_or_default();
    let patterns: Vec<_> = response
        .patterns
        .iter()
        .map(|it| Json::from(it.to_string()))
        .collect();
    let mut shown = Object::new();
    shown.set("name", response.id.as_str());
    shown.set("msgId", response.id.as_str());
    shown.set("base", path(&response.base));
    shown.set("condition", path(&response.condition));
    shown.set("pattern", patterns);
    shown
}
