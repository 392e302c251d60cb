//! Media types of the API: `application/vnd.com.nsn.cumulocity.<type>+json`, compared without regard to case.

use crate::table::Form;

const PREFIX: &str = "application/vnd.com.nsn.cumulocity.";

/// The whole media type of a short one; one with a slash is whole already.
pub(crate) fn full(short: &str) -> String {
    if short.contains('/') {
        return format!("{short};charset=UTF-8");
    }
    format!("{PREFIX}{short}+json;charset=UTF-8;ver=0.9")
}

/// The short type of a `Content-Type`, in lower case; nothing for plain JSON and anything else.
pub(crate) fn short(content_type: &str) -> Option<String> {
    let essence = content_type.split(';').next()?.trim().to_ascii_lowercase();
    essence
        .strip_prefix(PREFIX)?
        .strip_suffix("+json")
        .map(str::to_owned)
}

/// Whether a body of this `Content-Type` may be JSON: plain, or one of the API's types, or not said.
pub(crate) fn may_be_json(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else {
        return true;
    };
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || short(&essence).is_some()
}

/// Fields of a form.
pub(crate) const FORM: &str = contract::sessions::FORM_MEDIA;

/// Whether a body of this `Content-Type` is a form of fields.
pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|content_type| content_type.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM))
}

/// Whether a body of this `Content-Type` is a form of parts.
pub(crate) fn is_parts(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|content_type| content_type.split(';').next());
    essence.is_some_and(|essence| {
        essence
            .trim()
            .eq_ignore_ascii_case(contract::endpoint::FORM_MEDIA)
    })
}

/// Lines of text.
pub(crate) const TEXT: &str = "text/plain";

/// Whether a body of this `Content-Type` is lines of text.
pub(crate) fn is_text(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|content_type| content_type.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(TEXT))
}

/// A list that is made while it is sent.
pub(crate) const STREAM: &str = "application/json-stream";

/// The names under which a spreadsheet is asked for.
const SPREADSHEETS: [&str; 3] = [
    "application/vnd.ms-excel",
    "application/xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];

/// What a client accepts, as far as it decides the form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// No `Accept` header: changes are answered without a body.
    Silent,
    /// The API's own types, or anything.
    Own,
    /// Plain JSON.
    Plain,
    /// A file with a table, where there is one.
    Table(Form),
    /// A list that is made while it is sent, where there is one.
    Stream,
}

/// The wish in an `Accept` header.
pub(crate) fn wish(accept: Option<&str>) -> Wish {
    let Some(accept) = accept else { return Wish::Silent };
    let accept = accept.to_ascii_lowercase();
    let mut types = accept
        .split(',')
        .map(|part| part.split(';').next().unwrap_or_default().trim());
    // Only the first: who names another before it prefers that one.
    match types.clone().next() {
        Some("text/csv") => return Wish::Table(Form::Csv),
        Some(STREAM) => return Wish::Stream,
        Some(first) => {
            if let Some(media) = SPREADSHEETS.into_iter().find(|media| *media == first) {
                return Wish::Table(Form::Spreadsheet(media));
            }
        }
        None => {}
    }
    if types.any(|media| media.starts_with(PREFIX)) {
        return Wish::Own;
    }
    if accept.contains("application/json") {
        Wish::Plain
    } else {
        Wish::Own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_compared_without_regard_to_case_and_parameters() {
        let sent = "application/vnd.com.nsn.cumulocity.managedObject+json;ver=0.9;charset=UTF-8";
        assert_eq!(short(sent).as_deref(), Some("managedobject"));
        assert_eq!(short("application/json"), None);
        assert!(
            may_be_json(None)
                && may_be_json(Some("Application/JSON; charset=utf-8"))
                && may_be_json(Some(sent))
        );
        assert!(!may_be_json(Some("text/xml")) && !may_be_json(Some("multipart/form-data; boundary=x")));
    }

    #[test]
    fn the_accept_header_decides_the_form_of_the_answer() {
        for (accept, expected) in [
            (None, Wish::Silent),
            (Some("*/*"), Wish::Own),
            (Some("application/json"), Wish::Plain),
            (
                Some("application/vnd.com.nsn.cumulocity.error+json, application/json"),
                Wish::Own,
            ),
            (Some("text/csv"), Wish::Table(Form::Csv)),
            (Some("Text/CSV;q=0.9, application/json"), Wish::Table(Form::Csv)),
            (
                Some("application/xlsx"),
                Wish::Table(Form::Spreadsheet("application/xlsx")),
            ),
            (
                Some("application/vnd.ms-excel, */*"),
                Wish::Table(Form::Spreadsheet("application/vnd.ms-excel")),
            ),
            (Some("application/json-stream"), Wish::Stream),
            (Some("application/json, text/csv"), Wish::Plain),
            (Some("application/json, text/plain, */*"), Wish::Plain),
        ] {
            assert_eq!(wish(accept), expected, "{accept:?}");
        }
    }
}
