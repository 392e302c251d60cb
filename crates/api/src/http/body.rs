//! Reading the body of a request whose caller is known: bounded in bytes and time, in room that was taken for it.

use super::headers::announced_length;
use crate::media;
use crate::problem::Problem;
use crate::room::Place;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use contract::endpoint::{Body, Declaration};
use contract::endpoints::Endpoint;
use contract::form::{BadForm, Form, Step};
use http::request::Parts;
use http_body::Frame;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::limits::BODY_READ_SECONDS_MAX;
use std::pin::pin;
use std::time::Duration;

/// Most parts of a form that is read whole.
const PARTS_MAX: usize = 16;

/// Refuses a body by its announced length, before anything is done for it.
pub(super) fn check_length(parts: &Parts, declaration: &Declaration) -> Result<(), Problem> {
    let Some(expected) = declaration.body else {
        return Ok(());
    };
    match announced_length(parts) {
        Some(length) if length > expected.bytes_max => Err(Problem::body_too_large(expected.bytes_max)),
        _ => Ok(()),
    }
}

/// Reads a body: JSON, or lines of text where the endpoint takes them, which are then the only value of the body.
pub(super) async fn read_body<B>(
    body: B,
    endpoint: Endpoint,
    content_type: Option<&str>,
    expected: &Body,
    place: &mut Place,
) -> Result<model::json::Json, Problem>
where
    B: http_body::Body + Send,
    B::Data: Buf + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // A page of another site can send text without asking first, but not with the methods of these endpoints.
    let is_text = expected.media.contains(&media::TEXT) && media::is_text(content_type);
    let is_form = expected.media.contains(&media::FORM) && media::is_form(content_type);
    if expected.is_form() || (expected.takes_form() && media::is_parts(content_type)) {
        if !media::is_parts(content_type) {
            return Err(Problem::not_parts());
        }
        let read = read(body, endpoint, expected.bytes_max, place);
        return match tokio::time::timeout(Duration::from_secs(BODY_READ_SECONDS_MAX), read).await {
            Ok(bytes) => parts(content_type.unwrap_or_default(), &bytes?),
            Err(_) => Err(Problem::body_incomplete()),
        };
    }
    let is_request = expected.media.contains(&contract::certificates::PKCS10);
    if !is_text && !is_form && !is_request && !media::may_be_json(content_type) {
        return Err(Problem::not_json());
    }
    let read = read(body, endpoint, expected.bytes_max, place);
    match tokio::time::timeout(Duration::from_secs(BODY_READ_SECONDS_MAX), read).await {
        Ok(bytes) if is_request => Ok(request_text(bytes?)),
        Ok(bytes) if is_text => text(bytes?).ok_or_else(Problem::not_text),
        Ok(bytes) if is_form => form(&bytes?).ok_or_else(Problem::not_form),
        Ok(bytes) => match bytes? {
            // What a form says may stand in a header instead.
            nothing if nothing.is_empty() && expected.takes_form() => Ok(model::json::Json::Null),
            bytes => parse(bytes, endpoint).await,
        },
        Err(_) => Err(Problem::body_incomplete()),
    }
}

/// Reads a body to its end. For one whose length was not announced, room is taken as it comes.
pub(super) async fn read<B>(
    body: B,
    endpoint: Endpoint,
    bytes_max: usize,
    place: &mut Place,
) -> Result<Bytes, Problem>
where
    B: http_body::Body + Send,
    B::Data: Buf + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut body = pin!(Limited::new(body, bytes_max));
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                place
                    .grow_to(bytes.len() + data.remaining())
                    .map_err(|refusal| Problem::refused(endpoint, refusal))?;
                bytes.put(data);
            }
            // Trailers are no part of the body.
            Ok(Err(_)) => {}
            Err(error) if error.is::<LengthLimitError>() => return Err(Problem::body_too_large(bytes_max)),
            Err(_) => return Err(Problem::body_incomplete()),
        }
    }
    Ok(bytes.freeze())
}

pub(super) fn text(bytes: Bytes) -> Option<model::json::Json> {
    String::from_utf8(bytes.into())
        .ok()
        .map(model::json::Json::String)
}

/// A request for a certificate as text; one that is none, in base64.
pub(super) fn request_text(bytes: Bytes) -> model::json::Json {
    let text = match String::from_utf8(bytes.into()) {
        Ok(text) => text,
        Err(bytes) => STANDARD.encode(bytes.into_bytes()),
    };
    model::json::Json::String(text)
}

/// A form as an object of texts. No field may be there twice: which of them counts, others might see otherwise.
pub(super) fn form(bytes: &[u8]) -> Option<model::json::Json> {
    let mut object = model::json::Object::new();
    std::str::from_utf8(bytes).ok()?;
    for (name, value) in form_urlencoded::parse(bytes) {
        if object.get(&name).is_some() {
            return None;
        }
        object.set(&*name, value.into_owned());
    }
    Some(object.into())
}

/// A form of parts as an object of texts. Bytes that are no UTF-8 are taken for Latin-1, as older programs write it. No part
/// may be there twice.
pub(super) fn parts(content_type: &str, bytes: &[u8]) -> Result<model::json::Json, Problem> {
    let mut form = Form::of(content_type)
        .ok_or_else(Problem::not_parts)?
        .map_err(Problem::bad_parts)?;
    form.push(bytes);
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    loop {
        match form.step().map_err(Problem::bad_parts)? {
            Step::More => return Err(Problem::bad_parts(BadForm)),
            Step::Part(part) => {
                let is_there = fields.iter().any(|(name, _)| *name == part.name);
                if is_there || fields.len() >= PARTS_MAX {
                    return Err(Problem::bad_parts(BadForm));
                }
                fields.push((part.name, Vec::new()));
            }
            Step::Data(data) => fields
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|(_, field)| field.extend(&data)),
            Step::End => break,
        }
    }
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap_or_else(|bad| bad.into_bytes().into_iter().map(char::from).collect())
    };
    let fields = fields.into_iter().map(|(name, field)| (name, text(field)));
    Ok(fields.collect::<model::json::Object>().into())
}

/// Large bodies are parsed on a thread that may block, so that they do not hold up other connections.
pub(super) async fn parse(bytes: Bytes, endpoint: Endpoint) -> Result<model::json::Json, Problem> {
    const INLINE_BYTES_MAX: usize = 32 << 10;
    let parsed = if bytes.len() <= INLINE_BYTES_MAX {
        contract::json::parse(&bytes)
    } else {
        let work = tokio::task::spawn_blocking(move || contract::json::parse(&bytes));
        work.await.map_err(|_| Problem::body_incomplete())?
    };
    parsed.map_err(|bad| Problem::json(endpoint, bad))
}
