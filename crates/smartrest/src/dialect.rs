//! The rows of SmartREST 2.0: which bytes are a row, which are a field. It knows no template.
//!
//! A field stands in quotes if it holds a comma, a quote, a line end or blanks at its ends; other fields are trimmed.
//! Inside quotes a quote is `\"` or `""`, and a backslash elsewhere is itself. The two do not always go together, and
//! devices send both, so a quoted field is read in three ways, and the first that finds its end is taken. What
//! [`line`] writes is always read by the first way. A row whose quotes do not match ends at the end of its line, so
//! that it does not swallow the rows after it.

mod write;

pub use write::line;

use crate::fault::{BadMessage, Fault};
use crate::limits::{FIELDS_MAX, MESSAGE_BYTES_MAX, ROWS_MAX};
use std::borrow::Cow;

/// A row of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'m> {
    /// Its number, from 1; blank lines are not counted.
    pub number: usize,
    /// Its bytes without the line end.
    pub bytes: &'m [u8],
    /// Its fields, at least one, the template id first.
    pub fields: Result<Vec<Cow<'m, str>>, Fault>,
}

/// The rows of a message. The limits are checked before any row is returned, so that no part of too much is done.
pub fn rows(message: &[u8]) -> Result<Vec<Row<'_>>, BadMessage> {
    if message.len() > MESSAGE_BYTES_MAX {
        return Err(BadMessage::TooLong);
    }
    let mut rows = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let first_line = upto(rest, rest.iter().position(|byte| *byte == b'\n'));
        if first_line.iter().all(|byte| is_blank(*byte)) {
            rest = from(rest, first_line.len() + 1);
            continue;
        }
        if rows.len() == ROWS_MAX {
            return Err(BadMessage::TooManyRows);
        }
        let (fields, length) = match scan_row(rest) {
            Some((fields, length)) => (as_text(fields), length),
            None => (Err(Fault::BrokenQuotes), first_line.len()),
        };
        rows.push(Row {
            number: rows.len() + 1,
            bytes: upto(rest, Some(length)),
            fields,
        });
        rest = from(rest, length + 1);
    }
    Ok(rows)
}

fn as_text(fields: Vec<Cow<'_, [u8]>>) -> Result<Vec<Cow<'_, str>>, Fault> {
    if fields.len() > FIELDS_MAX {
        return Err(Fault::TooManyFields);
    }
    let text = |field| match field {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    };
    let texts: Option<Vec<_>> = fields.into_iter().map(text).collect();
    texts.ok_or(Fault::NotUtf8)
}

/// What stands after a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Comma,
    Line,
}

/// A field, its length in bytes without what ends it, and what ends it.
type Field<'m> = (Cow<'m, [u8]>, usize, End);

/// The fields of the row at the start of `bytes` and its length without the line end; nothing if its quotes do not match.
fn scan_row(bytes: &[u8]) -> Option<(Vec<Cow<'_, [u8]>>, usize)> {
    let mut fields = Vec::new();
    let mut place = 0;
    loop {
        let (field, length, end) = scan_field(from(bytes, place))?;
        // One too many is kept, to tell.
        if fields.len() <= FIELDS_MAX {
            fields.push(field);
        }
        place += length;
        if end == End::Line {
            return Some((fields, place));
        }
        place += 1;
    }
}

fn scan_field(bytes: &[u8]) -> Option<Field<'_>> {
    let blanks = bytes.iter().take_while(|byte| is_blank(**byte)).count();
    if bytes.get(blanks) == Some(&b'"') {
        let inside = from(bytes, blanks + 1);
        let read = |escapes| scan_quoted(inside, escapes);
        let (field, length, end) = Escapes::ALL.into_iter().find_map(read)?;
        return Some((Cow::Owned(field), blanks + 1 + length, end));
    }
    let length = bytes.iter().position(|byte| matches!(byte, b',' | b'\n'));
    let field = upto(bytes, length);
    let end = match bytes.get(field.len()) {
        Some(b',') => End::Comma,
        _ => End::Line,
    };
    Some((Cow::Borrowed(trim(field)), field.len(), end))
}

/// How backslashes before a quote are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Two are one, and a single one makes the quote plain.
    Paired,
    /// The last one makes the quote plain, the others are themselves.
    Single,
    /// They are themselves; a quote is written twice.
    None,
}

impl Escapes {
    const ALL: [Self; 3] = [Self::Paired, Self::Single, Self::None];
}

/// Reads a quoted field whose opening quote has been read.
fn scan_quoted(bytes: &[u8], escapes: Escapes) -> Option<(Vec<u8>, usize, End)> {
    let mut field = Vec::new();
    let mut place = 0;
    loop {
        match *bytes.get(place)? {
            b'\\' => {
                let count = from(bytes, place)
                    .iter()
                    .take_while(|byte| **byte == b'\\')
                    .count();
                let before_quote = bytes.get(place + count) == Some(&b'"');
                place += count;
                let (kept, is_plain) = match escapes {
                    Escapes::Paired if before_quote => (count / 2, count % 2 == 1),
                    Escapes::Single if before_quote => (count - 1, true),
                    _ => (count, false),
                };
                field.resize(field.len() + kept, b'\\');
                if is_plain {
                    field.push(b'"');
                    place += 1;
                }
            }
            b'"' if bytes.get(place + 1) == Some(&b'"') => {
                field.push(b'"');
                place += 2;
            }
            b'"' => {
                let after = from(bytes, place + 1);
                let blanks = after.iter().take_while(|byte| is_blank(**byte)).count();
                let end = match after.get(blanks) {
                    Some(b',') => End::Comma,
                    Some(b'\n') | None => End::Line,
                    Some(_) => return None,
                };
                return Some((field, place + 1 + blanks, end));
            }
            other => {
                field.push(other);
                place += 1;
            }
        }
    }
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_blank(*byte));
    let end = bytes.iter().rposition(|byte| !is_blank(*byte));
    match (start, end) {
        (Some(start), Some(end)) => bytes.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

fn from(bytes: &[u8], place: usize) -> &[u8] {
    bytes.get(place..).unwrap_or_default()
}

fn upto(bytes: &[u8], length: Option<usize>) -> &[u8] {
    length.and_then(|length| bytes.get(..length)).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Vec<Result<Vec<String>, Fault>> {
        let rows = rows(message.as_bytes()).expect("within the limits");
        let texts = |row: Row<'_>| {
            row.fields
                .map(|fields| fields.into_iter().map(Cow::into_owned).collect())
        };
        rows.into_iter().map(texts).collect()
    }

    #[test]
    fn fields_are_read_as_devices_write_them() {
        for (row, expected) in [
            ("100", &["100"][..]),
            ("100,,", &["100", "", ""]),
            (
                "100, My MQTT device, c8y_MQTTDevice",
                &["100", "My MQTT device", "c8y_MQTTDevice"],
            ),
            (r#"400,t,"a, b""#, &["400", "t", "a, b"]),
            (r#"400,t,"say \"hi\"""#, &["400", "t", r#"say "hi""#]),
            (r#"400,t,"say ""hi""""#, &["400", "t", r#"say "hi""#]),
            (r#"113,"a=1\nb=2""#, &["113", r"a=1\nb=2"]),
            ("503,f,\"CONNECTED\n\"", &["503", "f", "CONNECTED\n"]),
            (r#"1, " x " ,y"#, &["1", " x ", "y"]),
            (r#"1,C:\temp,"C:\temp,x""#, &["1", r"C:\temp", r"C:\temp,x"]),
            (r#"1,"C:\temp\",y"#, &["1", r"C:\temp\", "y"]),
            (r#"1,"{\"a\":\"x\\"y\"}",z"#, &["1", r#"{"a":"x\"y"}"#, "z"]),
            (r#"1,"x\""y",z"#, &["1", r#"x\"y"#, "z"]),
            (r#"1,5" disk"#, &["1", r#"5" disk"#]),
            (r#"1,"",x"#, &["1", "", "x"]),
            ("118,\r", &["118", ""]),
        ] {
            let expected: Vec<_> = expected.iter().map(|field| (*field).to_owned()).collect();
            assert_eq!(read(row), [Ok(expected)], "{row}");
        }
    }

    #[test]
    fn a_row_with_broken_quotes_does_not_swallow_its_neighbours() {
        let texts = |fields: &[&str]| Ok(fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            read("100,a\n400,t,\"open\n\r\n125\r\n400,t,\"a \"b\" c\",x\n301,z\n"),
            [
                texts(&["100", "a"]),
                Err(Fault::BrokenQuotes),
                texts(&["125"]),
                Err(Fault::BrokenQuotes),
                texts(&["301", "z"]),
            ]
        );
        let message = b"100,\xff\xfe\n125";
        let rows = rows(message).expect("within the limits");
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows.first().map(|row| row.fields.clone()),
            Some(Err(Fault::NotUtf8))
        );
        assert_eq!(
            rows.last().map(|row| (row.number, row.bytes)),
            Some((2, &b"125"[..]))
        );
    }

    #[test]
    fn limits_hold_at_the_last_byte_row_and_field() {
        let long = |bytes: usize| rows(&vec![b'1'; bytes]).map(|rows| rows.len());
        assert_eq!(long(MESSAGE_BYTES_MAX), Ok(1));
        assert_eq!(long(MESSAGE_BYTES_MAX + 1), Err(BadMessage::TooLong));
        let many = |count: usize| rows("1\n".repeat(count).as_bytes()).map(|rows| rows.len());
        assert_eq!(many(ROWS_MAX), Ok(ROWS_MAX));
        assert_eq!(many(ROWS_MAX + 1), Err(BadMessage::TooManyRows));
        let wide = |count: usize| {
            let message = format!("{}\n125", vec!["1"; count].join(","));
            read(&message)
                .into_iter()
                .map(|row| row.map(|row| row.len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(wide(FIELDS_MAX), [Ok(FIELDS_MAX), Ok(1)]);
        assert_eq!(wide(FIELDS_MAX + 1), [Err(Fault::TooManyFields), Ok(1)]);
        assert_eq!(read(""), []);
        assert_eq!(read("\r\n \n\n"), []);
    }
}
