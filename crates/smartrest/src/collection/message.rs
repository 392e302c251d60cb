//! Collections as devices register them: all templates as the rows of one message, those that begin with 10 for requests
//! and with 11 for responses. One bad row, and nothing is taken.

use super::{
    Action, Api, BadCollection, Collection, CustomValue, Method, RequestTemplate, ResponseTemplate,
    check_count, check_fixed, custom_value, optional_path, required_path,
};
use crate::arguments::Arguments;
use crate::dialect::{Row, rows};
use crate::fault::{Fault, Refused, shown};
use crate::values::{BOOLEAN, boolean};
use std::borrow::Cow;

enum Template {
    Request(RequestTemplate),
    Response(ResponseTemplate),
}

impl Collection {
    /// The collection that a message registers.
    pub fn from_message(message: &[u8]) -> Result<Self, BadCollection> {
        let (mut requests, mut responses) = (Vec::new(), Vec::new());
        for row in rows(message)? {
            match template(&row).map_err(|fault| refused(&row, fault))? {
                Template::Request(request) => requests.push(request),
                Template::Response(response) => responses.push(response),
            }
        }
        if requests.is_empty() && responses.is_empty() {
            return Err(BadCollection::Empty);
        }
        Self::new(requests, responses)
    }
}

fn refused(row: &Row<'_>, fault: Fault) -> Refused {
    let begins_with = row.fields.as_ref().ok().and_then(|fields| fields.first());
    Refused {
        row: row.number,
        template: begins_with.map(|id| shown(id)).unwrap_or_default(),
        fault,
    }
}

fn template(row: &Row<'_>) -> Result<Template, Fault> {
    let fields = row.fields.as_ref().map_err(Clone::clone)?;
    let mut arguments = Arguments::new(fields);
    match arguments.next() {
        "10" => request(arguments).map(Template::Request),
        "11" => response(fields, arguments).map(Template::Response),
        _ => Err(Fault::BadTemplateId),
    }
}

fn request(mut arguments: Arguments<'_>) -> Result<RequestTemplate, Fault> {
    let id = arguments.required("the message id")?.parse()?;
    let method = Method::from_word(arguments.required("the method")?);
    let api = Api::from_word(arguments.required("the API")?);
    let action = method.zip(api).and_then(|(method, api)| Action::of(method, api));
    let action = action.ok_or(Fault::wrong(
        "the method or the API",
        "one that templates can be made for",
    ))?;
    let answers = match arguments.optional() {
        Some(text) => boolean(text).ok_or(Fault::wrong("the response", BOOLEAN))?,
        None => action.method() == Method::Get,
    };
    let by_id = if action.names_object() {
        let text = arguments.required("whether by id")?;
        boolean(text).ok_or(Fault::wrong("whether by id", BOOLEAN))?
    } else {
        false
    };
    let mut mandatory = Vec::new();
    for (_, kind) in action.mandatory() {
        let value = arguments.optional();
        check_fixed(*kind, value)?;
        mandatory.push(value.map(str::to_owned));
    }
    Ok(RequestTemplate {
        id,
        action,
        answers,
        by_id,
        mandatory,
        values: custom_values(arguments)?,
    })
}

fn custom_values(mut arguments: Arguments<'_>) -> Result<Vec<CustomValue>, Fault> {
    let mut values = Vec::new();
    while !arguments.is_over() {
        let path = arguments.required("the path")?;
        let (kind, value) = (arguments.next(), arguments.optional());
        values.push(custom_value(path, kind, value.map(str::to_owned))?);
        check_count(values.len())?;
    }
    Ok(values)
}

fn response(fields: &[Cow<'_, str>], mut arguments: Arguments<'_>) -> Result<ResponseTemplate, Fault> {
    let id = arguments.required("the message id")?.parse()?;
    let base = optional_path(arguments.next(), "the base")?;
    let condition = optional_path(arguments.next(), "the condition")?;
    // The row's id and the three above are no patterns.
    check_count(fields.len().saturating_sub(4))?;
    let patterns: Vec<_> = arguments
        .rest()
        .map(|text| required_path(text, "the pattern"))
        .collect::<Result<_, _>>()?;
    if patterns.is_empty() {
        return Err(Fault::missing("the pattern"));
    }
    Ok(ResponseTemplate {
        id,
        base,
        condition,
        patterns,
    })
}
