//! Forms (`multipart/form-data`, RFC 7578), read as their bytes come: the parts one after another, each with its name and
//! then its bytes, in bounded memory. What the parts mean is not known here. Beside it, the names and media types of
//! files as clients give them, made harmless.

use model::files::UNKNOWN_MEDIA;
use model::limits::{FILE_MEDIA_BYTES_MAX, FILE_NAME_CHARS_MAX};
use std::fmt;

/// Largest head of one part, in bytes.
const HEAD_BYTES_MAX: usize = 8 << 10;
/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// The body is no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadForm;

impl fmt::Display for BadForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "The body is not a form (multipart/form-data) as its Content-Type says. Nothing was stored.",
        )
    }
}

/// What comes next in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// More bytes are needed.
    More,
    /// A part begins.
    Part(Part),
    /// Bytes of the part that has begun.
    Data(Vec<u8>),
    /// The form is over.
    End,
}

/// The head of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The name of the file in it, as sent.
    pub file_name: Option<String>,
    /// Its media type, as sent.
    pub media: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first delimiter: nothing of it counts.
    Before,
    /// Behind a delimiter, which may be the last one.
    Delimited,
    /// In the head of a part.
    Head,
    /// In the bytes of a part.
    Data,
    Over,
}

/// A form that comes in.
#[derive(Debug)]
pub struct Form {
    /// Line break, two dashes, boundary.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    state: State,
}

impl Form {
    /// A form by its `Content-Type`; nothing if it is none.
    pub fn of(content_type: &str) -> Option<Result<Self, BadForm>> {
        let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameter(parameters, "boundary");
        let boundary = boundary.filter(|text| !text.is_empty() && text.len() <= BOUNDARY_BYTES_MAX);
        Some(boundary.ok_or(BadForm).map(|boundary| Self {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            // The first delimiter may stand at the very beginning.
            buffer: b"\r\n".to_vec(),
            state: State::Before,
        }))
    }

    /// Takes bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.state != State::Over {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// What comes next.
    pub fn step(&mut self) -> Result<Step, BadForm> {
        loop {
            match self.state {
                State::Over => return Ok(Step::End),
                State::Before | State::Data => {
                    let (data, is_end) = self.up_to_delimiter();
                    let is_data = self.state == State::Data && !data.is_empty();
                    if is_end {
                        self.state = State::Delimited;
                    }
                    match (is_data, is_end) {
                        (true, _) => return Ok(Step::Data(data)),
                        (false, true) => {}
                        (false, false) => return Ok(Step::More),
                    }
                }
                State::Delimited => match self.behind_delimiter()? {
                    Some(next) => self.state = next,
                    None => return Ok(Step::More),
                },
                State::Head => {
                    let Some(head) = self.head()? else {
                        return Ok(Step::More);
                    };
                    self.state = State::Data;
                    return Ok(Step::Part(part(&head)?));
                }
            }
        }
    }

    /// Takes the bytes before the next delimiter out, and the delimiter; or as many as are certain to be before it.
    fn up_to_delimiter(&mut self) -> (Vec<u8>, bool) {
        if let Some(place) = find(&self.buffer, &self.delimiter) {
            let data = self.take(place);
            let _ = self.take(self.delimiter.len());
            return (data, true);
        }
        let certain = self.buffer.len().saturating_sub(self.delimiter.len() - 1);
        (self.take(certain), false)
    }

    /// Dashes end the form; a line break (perhaps behind blanks) begins a part.
    fn behind_delimiter(&mut self) -> Result<Option<State>, BadForm> {
        let Some(end) = find(&self.buffer, b"\r\n") else {
            if self.buffer.starts_with(b"--") {
                return Ok(Some(State::Over));
            }
            return if self.buffer.len() > HEAD_BYTES_MAX {
                Err(BadForm)
            } else {
                Ok(None)
            };
        };
        let line = self.take(end);
        if line.starts_with(b"--") {
            return Ok(Some(State::Over));
        }
        match line.iter().all(|byte| b" \t".contains(byte)) {
            true => Ok(Some(State::Head)),
            false => Err(BadForm),
        }
    }

    /// The lines of a head, up to an empty line. The line break behind the delimiter is still there.
    fn head(&mut self) -> Result<Option<String>, BadForm> {
        let Some(end) = find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > HEAD_BYTES_MAX {
                Err(BadForm)
            } else {
                Ok(None)
            };
        };
        if end > HEAD_BYTES_MAX {
            return Err(BadForm);
        }
        let head = self.take(end);
        let _ = self.take(4);
        Ok(Some(String::from_utf8_lossy(&head).into_owned()))
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count.min(self.buffer.len()));
        std::mem::replace(&mut self.buffer, rest)
    }
}

/// The place of a needle that begins with a carriage return.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(place) = haystack.get(from..)?.iter().position(|byte| *byte == b'\r') {
        from += place;
        if haystack.get(from..)?.starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
    None
}

fn part(head: &str) -> Result<Part, BadForm> {
    let mut part = Part::default();
    let mut is_named = false;
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(BadForm)?;
        if name.eq_ignore_ascii_case("content-type") {
            part.media = Some(value.trim().to_owned());
        }
        if name.eq_ignore_ascii_case("content-disposition") {
            let (kind, parameters) = value.split_once(';').ok_or(BadForm)?;
            if !kind.trim().eq_ignore_ascii_case("form-data") {
                return Err(BadForm);
            }
            part.name = parameter(parameters, "name").ok_or(BadForm)?;
            part.file_name = parameter(parameters, "filename");
            is_named = true;
        }
    }
    if is_named { Ok(part) } else { Err(BadForm) }
}

/// A parameter of a header: a word, or a text in quotes.
pub fn parameter(mut rest: &str, wanted: &str) -> Option<String> {
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = behind.find(';').unwrap_or(behind.len());
                let (word, behind) = behind.split_at(end);
                (word.trim().to_owned(), behind)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = behind;
    }
}

/// A text up to its closing quote, and what is behind that. Only a quote is escaped: browsers send backslashes of paths
/// as they are.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((place, char)) = chars.next() {
        match char {
            '"' => return Some((value, text.get(place + 1..)?)),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                let _ = chars.next();
            }
            char => value.push(char),
        }
    }
    None
}

/// The name of a file, without a path and control characters; nothing if that leaves no name.
pub fn file_name(sent: &str) -> Option<String> {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last
        .chars()
        .filter(|char| !char.is_control())
        .take(FILE_NAME_CHARS_MAX)
        .collect();
    let name = name.trim();
    let is_name = !name.chars().all(|char| char == '.');
    is_name.then(|| name.to_owned())
}

/// The media type of a file; of what is none, nothing is known.
pub fn media_type(sent: Option<&str>) -> String {
    let is_word = |text: &str| {
        let is_in_word = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(is_in_word)
    };
    let is_media = |text: &&str| {
        let essence = text.split(';').next().unwrap_or_default().trim();
        text.len() <= FILE_MEDIA_BYTES_MAX
            && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
            && essence
                .split_once('/')
                .is_some_and(|(left, right)| is_word(left) && is_word(right))
    };
    sent.map(str::trim)
        .filter(is_media)
        .unwrap_or(UNKNOWN_MEDIA)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The parts of a form that comes in pieces of this size.
    fn parts(text: &[u8], size: usize) -> Result<Vec<(Part, Vec<u8>)>, BadForm> {
        let mut form = Form::of("multipart/form-data; boundary=\"b d\"").expect("a form")?;
        let mut pieces = text.chunks(size);
        let mut parts: Vec<(Part, Vec<u8>)> = Vec::new();
        loop {
            match form.step()? {
                Step::More => form.push(pieces.next().ok_or(BadForm)?),
                Step::Part(part) => parts.push((part, Vec::new())),
                Step::Data(data) => parts.last_mut().expect("a part").1.extend(data),
                Step::End => return Ok(parts),
            }
        }
    }

    fn one(data: &[u8]) -> Vec<u8> {
        let head = "--b d\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
        [head.as_bytes(), data, b"\r\n--b d--\r\n"].concat()
    }

    proptest! {
        #[test]
        fn what_was_sent_comes_out_however_it_is_cut(
            data in prop::collection::vec(prop::sample::select(b"\r\n-b da\0".to_vec()), 0..200),
            size in 1usize..40,
        ) {
            prop_assume!(find(&[b"\r\n", data.as_slice()].concat(), b"\r\n--b d").is_none());
            let found = parts(&one(&data), size).expect("a form");
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0].1, &data);
            prop_assert_eq!(found[0].0.file_name.as_deref(), Some("a.txt"));
            prop_assert_eq!(found[0].0.media.as_deref(), Some("text/plain"));
        }

        #[test]
        fn nothing_that_is_sent_makes_it_panic(
            data in prop::collection::vec(any::<u8>(), 0..300), size in 1usize..40,
        ) {
            // Nothing comes out that did not go in.
            for sent in [data.clone(), one(&data)] {
                let told = parts(&sent, size).unwrap_or_default();
                prop_assert!(told.iter().map(|(_, data)| data.len()).sum::<usize>() <= sent.len());
            }
        }
    }

    #[test]
    fn parts_come_in_their_order_and_what_is_before_and_behind_does_not_count() {
        let text = "before\r\n--b d  \r\nContent-Disposition: form-data; name=object\r\n\r\n{}\r\n--b d\r\n\
                    Content-Disposition: form-data; name=\"file\"\r\n\r\n\r\n--b d--behind";
        let found = parts(text.as_bytes(), 7).expect("a form");
        let names: Vec<_> = found
            .iter()
            .map(|(part, data)| (part.name.as_str(), data.len()))
            .collect();
        assert_eq!(names, [("object", 2), ("file", 0)]);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert!(Form::of("text/plain").is_none());
        assert_eq!(
            Form::of("multipart/form-data").expect("meant as one").map(drop),
            Err(BadForm)
        );
        for text in [
            "--b d\r\n\r\n\r\n--b d--",
            "--b d\r\nContent-Disposition: attachment; name=\"x\"\r\n\r\n--b d--",
            "--b d\r\nno header\r\n\r\n\r\n--b d--",
            "--b dx\r\n\r\n--b d--",
            "no end",
        ] {
            assert_eq!(parts(text.as_bytes(), 100).map(drop), Err(BadForm), "{text:?}");
        }
        let long = format!("--b d\r\nX: {}", "x".repeat(HEAD_BYTES_MAX));
        assert_eq!(parts(long.as_bytes(), 100).map(drop), Err(BadForm));
    }

    #[test]
    fn names_of_files_lose_their_paths_and_control_characters() {
        for (sent, kept) in [
            ("a.txt", Some("a.txt")),
            ("../../etc/passwd", Some("passwd")),
            (r#"C:\temp\ü "x.bin"#, Some("ü \"x.bin")),
            ("a\r\nSet-Cookie: x=1", Some("aSet-Cookie: x=1")),
            ("..", None),
            ("", None),
            ("x/", None),
        ] {
            assert_eq!(file_name(sent).as_deref(), kept, "{sent:?}");
        }
        assert_eq!(
            file_name(&"x".repeat(1_000)).map(|name| name.len()),
            Some(FILE_NAME_CHARS_MAX)
        );
    }

    #[test]
    fn media_types_are_kept_only_if_they_are_some() {
        for kept in ["text/plain", "application/vnd.x+json; charset=utf-8", "IMAGE/png"] {
            assert_eq!(media_type(Some(kept)), kept);
        }
        for bad in ["", "text", "text/", "text/pl ain", "a/b\r\nX: y", "a/b; \u{fc}"] {
            assert_eq!(media_type(Some(bad)), UNKNOWN_MEDIA, "{bad:?}");
        }
        assert_eq!(
            media_type(Some(&format!("a/{}", "b".repeat(FILE_MEDIA_BYTES_MAX)))),
            UNKNOWN_MEDIA
        );
    }
}
