//! Files on their way in and out, in pieces. What a file belongs to is not known here.
//!
//! A file is never shown in the platform's own origin: it is saved, not opened, and nothing in it runs.

mod incoming;
mod range;

pub(crate) use incoming::{BYTES_IN_MEMORY, Incoming};

use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::pieces;
use crate::problem::Problem;
use bytes::Bytes;
use contract::body::BadBody;
use contract::form::{Form, Part, Step, file_name};
use engine::files::{AboutFile, Destination, FilePiece, Holder, ReadPiece, Upload};
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, HeaderName,
};
use model::files::{Blob, File, UNKNOWN_MEDIA};
use model::json::Json;
use model::limits::BODY_BYTES_MAX;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use range::Wanted;

/// A file that has come in, with what was said of it.
pub(crate) struct Received<T> {
    /// Its content.
    pub(crate) upload: Upload<T>,
    /// The part `object` of a form.
    pub(crate) object: Option<Json>,
    /// The name that was sent with the content, made harmless.
    pub(crate) name: Option<String>,
    /// The media type that was sent with the content.
    pub(crate) media: Option<String>,
}

/// Takes a file in: as it is, or in a form. Whether it may come is asked before any of it is read.
pub(crate) async fn receive<T: Destination>(
    call: &Call,
    mut incoming: Incoming<'_>,
    to: T,
) -> Result<Received<T>, Problem> {
    let form = incoming.content_type.as_deref().and_then(Form::of);
    let form = form.transpose().map_err(|bad| Problem::form(call, bad))?;
    let upload = Upload::begin(call.door(), call.caller()?, to, incoming.announced).await;
    let mut received = Received {
        upload: upload.map_err(call.refused())?,
        object: None,
        name: incoming.name.as_deref().and_then(file_name),
        media: incoming.content_type.clone(),
    };
    match form {
        Some(form) => received.take_form(call, incoming, form).await?,
        None => {
            while let Some(bytes) = incoming.next().await? {
                received.upload.add(&bytes).await.map_err(call.refused())?;
            }
        }
    }
    Ok(received)
}

/// Which part of a form comes in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coming {
    File,
    Object,
    /// Some clients send their own view of the file's size; it does not count.
    Other,
}

impl<T: Destination> Received<T> {
    async fn take_form(
        &mut self,
        call: &Call,
        mut incoming: Incoming<'_>,
        mut form: Form,
    ) -> Result<(), Problem> {
        let mut coming = Coming::Other;
        let mut seen = Vec::new();
        let mut object = Vec::new();
        self.media = None;
        loop {
            match form.step().map_err(|bad| Problem::form(call, bad))? {
                Step::More => {
                    let bytes = incoming.next().await?;
                    form.push(&bytes.ok_or_else(Problem::body_incomplete)?);
                }
                Step::Part(part) => {
                    coming = self.begin_part(part);
                    if coming != Coming::Other && seen.contains(&coming) {
                        return Err(Problem::form(call, contract::form::BadForm));
                    }
                    seen.push(coming);
                    if seen.len() > PARTS_MAX {
                        return Err(Problem::form(call, contract::form::BadForm));
                    }
                }
                Step::Data(data) => match coming {
                    Coming::File => self.upload.add(&data).await.map_err(call.refused())?,
                    Coming::Object if object.len() + data.len() > BODY_BYTES_MAX => {
                        return Err(Problem::body_too_large(BODY_BYTES_MAX));
                    }
                    Coming::Object => object.extend(data),
                    Coming::Other => {}
                },
                Step::End => break,
            }
        }
        if !seen.contains(&Coming::File) {
            return Err(Problem::body(call, &BadBody::Missing(vec!["file"])));
        }
        if seen.contains(&Coming::Object) {
            let parsed = contract::json::parse(&object);
            self.object = Some(parsed.map_err(|bad| Problem::json(call.endpoint, bad))?);
        }
        Ok(())
    }

    fn begin_part(&mut self, part: Part) -> Coming {
        match part.name.as_str() {
            "file" | "applicationBinary" => {
                self.name = part.file_name.as_deref().and_then(file_name);
                self.media = part.media;
                Coming::File
            }
            "object" | "applicationVersion" => Coming::Object,
            _ => Coming::Other,
        }
    }

    /// A text of the part `object`.
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        self.object.as_ref()?.as_object()?.get(name)?.as_str()
    }
}

/// Most parts of a form.
const PARTS_MAX: usize = 16;

/// Sends a file, or the range of its bytes that is asked for (RFC 9110, 14.2).
pub(crate) async fn serve<H: Holder>(call: Call, of: H) -> Result<Answer, Problem> {
    let file = call.ask(AboutFile(of)).await?;
    let content = file.content.clone();
    let tag = tag(&content);
    let (from, until) = match range::wanted(
        call.range.as_deref(),
        call.if_range.as_deref(),
        &tag,
        content.length,
    ) {
        Wanted::Whole => (0, content.length),
        Wanted::Range(from, until) => (from, until),
        Wanted::Nothing => {
            let answer = Problem::no_such_range().into_answer(&call.origin);
            return Ok(answer.with(CONTENT_RANGE, format!("bytes */{}", content.length)));
        }
    };
    let piece = move |from| ReadPiece {
        of,
        content: content.id,
        from,
        until,
    };
    let first = match from < until {
        true => Some(call.ask(piece(from)).await?),
        false => None,
    };
    let part = move |FilePiece { bytes, next }| (Ok::<_, Cut>(Bytes::from(bytes)), next.map(piece));
    let is_whole = call.range.is_none() || (from, until) == (0, file.content.length);
    let mut answer = pieces::answer(call, UNKNOWN_MEDIA, None, first, part);
    if !is_whole {
        let range = format!("bytes {from}-{}/{}", until - 1, file.content.length);
        answer = answer.in_status(206).with(CONTENT_RANGE, range);
    }
    for (name, value) in headers(&file) {
        answer = answer.with(name, value);
    }
    Ok(answer
        .with(CONTENT_LENGTH, (until - from).to_string())
        .with(ETAG, tag))
}

/// What every answer with a file says: its type, if that is harmless; that it is to be saved; and that nothing in it runs,
/// should a browser show it all the same.
fn headers(file: &File) -> [(HeaderName, String); 5] {
    [
        (CONTENT_TYPE, shown_media(&file.media).to_owned()),
        (CONTENT_DISPOSITION, disposition(&file.name)),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; sandbox".to_owned(),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin".to_owned(),
        ),
    ]
}

/// Another content has another tag.
fn tag(content: &Blob) -> String {
    let start: String = content
        .sha256
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{start}\"")
}

/// A media type under which a browser runs nothing; of others nothing is said.
fn shown_media(media: &str) -> &str {
    let essence = media.split(';').next().unwrap_or_default().trim();
    let lower = essence.to_ascii_lowercase();
    let (kind, of_kind) = lower.split_once('/').unwrap_or_default();
    let is_harmless = match kind {
        "audio" | "video" | "font" | "image" | "application" => true,
        "text" => ["plain", "csv"].contains(&of_kind),
        _ => false,
    };
    let runs = ["html", "xml", "svg", "script", "flash", "java", "wasm", "pdf"];
    match is_harmless && !runs.iter().any(|word| of_kind.contains(word)) {
        true => essence,
        false => UNKNOWN_MEDIA,
    }
}

/// Saved under a name (RFC 6266): the nearest in plain letters, and the name itself, encoded.
fn disposition(name: &str) -> String {
    /// The characters of a name that stay (RFC 8187).
    const STAY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
    let name = file_name(name).unwrap_or_else(|| "file".to_owned());
    let plain: String = name
        .chars()
        .map(|char| match char {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | ' ' => char,
            _ => '_',
        })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        utf8_percent_encode(&name, STAY)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_a_file_is_saved_and_nothing_else() {
        for (name, expected) in [
            (
                "a b.txt",
                "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt",
            ),
            (
                "x\"; filename=\"evil.exe\r\nSet-Cookie: a=b",
                "attachment; filename=\"x__ filename__evil.exeSet-Cookie_ a_b\"; \
                 filename*=UTF-8''x%22%3B%20filename%3D%22evil.exeSet-Cookie%3A%20a%3Db",
            ),
            (
                "../../ü.bin",
                "attachment; filename=\"_.bin\"; filename*=UTF-8''%C3%BC.bin",
            ),
            ("..", "attachment; filename=\"file\"; filename*=UTF-8''file"),
        ] {
            assert_eq!(disposition(name), expected, "{name:?}");
        }
    }

    #[test]
    fn nothing_is_sent_as_something_that_a_browser_runs() {
        for kept in [
            "text/plain",
            "image/png",
            "application/zip",
            "video/mp4",
            "application/json",
        ] {
            assert_eq!(shown_media(kept), kept);
        }
        assert_eq!(shown_media("text/plain; charset=utf-8"), "text/plain");
        for hidden in [
            "text/html",
            "Text/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "application/javascript",
            "text/xml",
            "text/javascript",
            "multipart/x-mixed-replace",
            "message/rfc822",
            "application/pdf",
            "x",
            "",
        ] {
            assert_eq!(shown_media(hidden), UNKNOWN_MEDIA, "{hidden}");
        }
    }
}
