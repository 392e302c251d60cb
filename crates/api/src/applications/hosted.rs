//! Files of applications for browsers. They come from this host, and must not get at what a person has here: see the
//! decision about hosted applications. Every answer, of whatever type, has the policy that puts a document into an origin
//! of its own, so that neither its scripts nor its requests carry the session of somebody who is signed in.

use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::links::segment;
use crate::problem::Problem;
use bytes::Bytes;
use engine::applications::hosted::{Hosted, Unpacking};
use engine::refusal::Refusal;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, LOCATION, X_FRAME_OPTIONS,
};
use tokio::sync::mpsc;

/// Chunks that wait for a slow client.
const CHUNKS_WAITING: usize = 2;

/// What an application may do in the browser. Without `allow-same-origin` its origin is nobody's: no cookie is sent for
/// it, no storage of this host is open to it. It may load what is its own, and talk over TLS to whoever answers it.
const POLICY: &str = "sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads; \
                      default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' https: wss:; \
                      img-src 'self' https: data: blob:; object-src 'none'; base-uri 'self'; form-action 'none'; \
                      frame-ancestors 'self'";

pub(super) async fn serve(call: &Call) -> Result<Answer, Problem> {
    let (context, path) = (call.part(0), call.part(1));
    if call.loads_worker {
        // A worker would stay between the browser and this host.
        return Err(Problem::refused(
            call.endpoint,
            Refusal::Missing(engine::refusal::Missing::HostedFile),
        ));
    }
    let hosted = call.door().hosted(call.host.as_ref(), context, path).await;
    let hosted = hosted.map_err(call.refused())?;
    if path.is_empty() && !call.ends_with_slash {
        // Links in the page are to be inside of the application.
        let at = format!("/apps/{}/", segment(context));
        return Ok(secured(Answer::nothing(302), None).with(LOCATION, at));
    }
    let is_known = call.if_none_match.as_deref().is_some_and(|tags| {
        let mut tags = tags.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
        tags.any(|tag| tag == hosted.tag || tag == "*")
    });
    if is_known {
        return Ok(secured(Answer::nothing(304), hosted.policy.as_deref()).with(ETAG, hosted.tag));
    }
    let Hosted {
        path,
        length,
        tag,
        policy,
        bytes,
    } = hosted;
    let (sender, pieces) = mpsc::channel(CHUNKS_WAITING);
    if !call.is_head {
        tokio::spawn(send(bytes, sender));
    }
    Ok(secured(
        Answer::pieces("application/octet-stream", pieces),
        policy.as_deref(),
    )
    .with(CONTENT_TYPE, media_of(&path))
    .with(CONTENT_LENGTH, length.to_string())
    .with(ETAG, tag))
}

async fn send(mut bytes: Unpacking, sender: mpsc::Sender<Result<Bytes, Cut>>) {
    loop {
        let piece = match bytes.next().await {
            Ok(Some(piece)) => Ok(Bytes::from(piece)),
            Ok(None) => return,
            Err(_) => Err(Cut),
        };
        let is_cut = piece.is_err();
        if sender.send(piece).await.is_err() || is_cut {
            return;
        }
    }
}

/// With what every answer under `/apps` says. What the makers of an application forbid beside that is a second policy:
/// of several, the browser obeys all.
fn secured(answer: Answer, policy: Option<&str>) -> Answer {
    let is_plain =
        |policy: &&str| policy.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && policy.len() <= 4_000;
    let policy = match policy.filter(is_plain) {
        Some(policy) => format!("{POLICY}, {policy}"),
        None => POLICY.to_owned(),
    };
    answer
        .with(CONTENT_SECURITY_POLICY, policy)
        // Scripts and fonts of a page without an origin are loaded as if from another site; they are no secret.
        .with(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with(
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        )
        .with(
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        )
        .with(X_FRAME_OPTIONS, "SAMEORIGIN")
        .with(CACHE_CONTROL, "no-cache")
}

/// The media type of a file by its name, from this list and no other: browsers are told not to guess.
fn media_of(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let found = MEDIA.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    found.map_or("application/octet-stream", |(_, media)| media)
}

const MEDIA: [(&str, &str); 30] = [
    ("html", "text/html;charset=UTF-8"),
    ("htm", "text/html;charset=UTF-8"),
    ("js", "text/javascript;charset=UTF-8"),
    ("mjs", "text/javascript;charset=UTF-8"),
    ("css", "text/css;charset=UTF-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("txt", "text/plain;charset=UTF-8"),
    ("md", "text/plain;charset=UTF-8"),
    ("csv", "text/csv;charset=UTF-8"),
    ("xml", "text/xml;charset=UTF-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/x-icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("pdf", "application/pdf"),
    ("wasm", "application/wasm"),
    ("zip", "application/zip"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_file_is_that_of_its_ending_and_nothing_is_guessed() {
        for (path, media) in [
            ("index.html", "text/html;charset=UTF-8"),
            ("a/b/main.JS", "text/javascript;charset=UTF-8"),
            ("a.svg", "image/svg+xml"),
            ("LICENSE", "application/octet-stream"),
            ("a.html.exe", "application/octet-stream"),
            ("a.b/c", "application/octet-stream"),
        ] {
            assert_eq!(media_of(path), media, "{path}");
        }
    }

    // A document that shares the origin of the console could do whatever the person who looks at it may.
    #[test]
    fn no_policy_of_an_application_gives_back_the_origin_that_was_taken() {
        assert!(POLICY.starts_with("sandbox ") && !POLICY.contains("allow-same-origin"));
        assert!(!POLICY.contains("allow-top-navigation"));
    }
}
