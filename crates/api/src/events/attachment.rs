//! Files on their way to events.

use super::link;
use crate::answer::Answer;
use crate::call::Call;
use crate::files::{Incoming, receive};
use crate::problem::Problem;
use contract::form::{file_name, media_type};
use engine::events::{AttachFile, NewAttachment};
use model::json::Object;

pub(super) async fn attach(call: &Call, incoming: Incoming<'_>, replaces: bool) -> Result<Answer, Problem> {
    let event = call.id(0)?;
    let to = NewAttachment { event, replaces };
    let received = receive(call, incoming, to).await?;
    let name = received
        .said("name")
        .and_then(file_name)
        .or_else(|| received.name.clone());
    let media = media_type(received.said("type").or(received.media.as_deref()));
    let attached = received.upload.complete(|content| AttachFile {
        to,
        name,
        media,
        content,
    });
    let file = attached.await.map_err(call.refused())?;
    let own = format!("{}/binaries", link(call, event));
    let mut object: Object = [("self", own.as_str())].into_iter().collect();
    object.set("source", event.to_string());
    object.set("name", file.name);
    object.set("type", file.media);
    let answer = Answer::json(201, "application/json", &object);
    Ok(answer.at(own))
}
