//! Endpoints of events and their attachments, and what their bodies say.

use crate::body::{BadBody, check_fragment_name, id_or_self, label, member, object, require, text, time};
use crate::endpoint::{
    Answer, Body, FILE, FILE_ANSWER, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter,
};
use model::events::{EventUpdate, NewEvent, STANDARD_PROPERTIES};
use model::files::IS_BINARY;
use model::json::{Json, Object};
use model::limits::BODY_BYTES_MAX;
use policy::operations::events as does;

const FILTERS: &[Parameter] = &[
    parameter("createdFrom", Kind::Date, "Stored at this time or later."),
    parameter("createdTo", Kind::Date, "Stored at this time or earlier."),
    parameter("dateFrom", Kind::Date, "Happened at this time or later."),
    parameter("dateTo", Kind::Date, "Happened at this time or earlier."),
    parameter("fragmentType", Kind::Text, "With this fragment."),
    parameter("source", Kind::Text, "About this managed object."),
    parameter("type", Kind::Text, "Of this type."),
];
const LIST: &[Parameter] = &[
    parameter(
        "fragmentValue",
        Kind::Text,
        "Whose fragment, named by fragmentType, is this text.",
    ),
    parameter(
        "lastUpdatedFrom",
        Kind::Date,
        "Last changed at this time or later.",
    ),
    parameter("lastUpdatedTo", Kind::Date, "Last changed before this time."),
    parameter(
        "revert",
        Kind::Bool,
        "The oldest first instead of the newest; only together with a time.",
    ),
    parameter(
        "withSourceAssets",
        Kind::Bool,
        "Also about the assets below the source, which must be given.",
    ),
    parameter(
        "withSourceDevices",
        Kind::Bool,
        "Also about the devices below the source, which must be given.",
    ),
];
const BODY: Body = Body {
    media: &["event"],
    schema: "Event",
    bytes_max: BODY_BYTES_MAX,
};
const ATTACHED: Answer = Answer {
    status: 201,
    media: Some("application/json"),
    schema: Some("EventBinary"),
};

endpoints! {
    List = Get "/event/events" does does::EventList {
        query: &[PAGING, FILTERS, LIST],
        answer: answer(200, "eventcollection", "EventCollection"),
        errors: &[422],
        about: "List events.",
    }
    Create = Post "/event/events" does does::EventCreate {
        body: BODY,
        answer: answer(201, "event", "Event"),
        errors: &[400, 403, 413, 422],
        about: "Store an event.",
    }
    DeleteMany = Delete "/event/events" does does::EventDeleteMany {
        query: &[FILTERS],
        answer: nothing(204),
        errors: &[403, 422],
        about: "Delete events by filter: a source or a time must be given.",
    }
    Read = Get "/event/events/{id}" does does::EventRead {
        answer: answer(200, "event", "Event"),
        errors: &[403, 404],
        about: "Read an event.",
    }
    Update = Put "/event/events/{id}" does does::EventUpdate {
        body: BODY,
        answer: answer(200, "event", "Event"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change the text and fragments of an event; null removes a fragment.",
    }
    Delete = Delete "/event/events/{id}" does does::EventDelete {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete an event with what is attached to it.",
    }
    ReadAttachment = Get "/event/events/{id}/binaries" does does::AttachmentRead {
        answer: FILE_ANSWER,
        errors: &[403, 404, 416],
        about: "Read the file that is attached to an event, or one range of its bytes.",
    }
    Attach = Post "/event/events/{id}/binaries" does does::AttachmentWrite {
        body: FILE,
        answer: ATTACHED,
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Attach a file to an event: one at most.",
    }
    ReplaceAttachment = Put "/event/events/{id}/binaries" does does::AttachmentWrite {
        body: FILE,
        answer: ATTACHED,
        errors: &[400, 403, 404, 413, 422],
        about: "Attach another file instead of the one that is attached.",
    }
    DeleteAttachment = Delete "/event/events/{id}/binaries" does does::AttachmentDelete {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Remove the file that is attached to an event.",
    }
}

/// Properties of a body that are no fragments; an attachment is told by the platform.
fn is_own(name: &str) -> bool {
    STANDARD_PROPERTIES.contains(&name) || name == IS_BINARY
}

/// An event as a client sends it.
pub fn new_event(body: Json) -> Result<NewEvent, BadBody> {
    const MANDATORY: [&str; 4] = ["source", "type", "text", "time"];
    let body = object(body)?;
    require(&body, &MANDATORY)?;
    let source = member(&body, "source")?.map(|source| id_or_self(source, "source"));
    let (source, kind) = (source.transpose()?, label(&body, "type")?);
    let (Some(source), Some(kind), Some(text), Some(time)) = (
        source,
        kind,
        text(&body, "text")?.map(str::to_owned),
        time(&body, "time")?,
    ) else {
        return Err(BadBody::Missing(MANDATORY.to_vec()));
    };
    let mut fragments = Vec::new();
    for (name, value) in body {
        if !is_own(&name) && value != Json::Null {
            check_fragment_name(&name)?;
            fragments.push((name, value));
        }
    }
    Ok(NewEvent {
        source,
        time,
        kind,
        text,
        fragments: Object::from_unique(fragments),
    })
}

/// A partial update of an event: only its text and fragments change.
pub fn event_update(body: Json) -> Result<EventUpdate, BadBody> {
    let body = object(body)?;
    for property in ["source", "type", "time", "creationTime", "lastUpdated"] {
        if body.contains(property) {
            return Err(BadBody::NotAllowed { property });
        }
    }
    if body.get("text") == Some(&Json::Null) {
        return Err(BadBody::Missing(vec!["text"]));
    }
    let mut update = EventUpdate {
        text: text(&body, "text")?.map(str::to_owned),
        fragments: Vec::new(),
    };
    for (name, value) in body {
        if !is_own(&name) {
            check_fragment_name(&name)?;
            update.fragments.push((name, value));
        }
    }
    Ok(update)
}
