//! Names as segments of links.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what a path segment may hold as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name as one segment of a path.
pub(crate) fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::json::parse;
    use contract::users::user_reference;
    use model::names::UserName;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_link_to_a_user_names_this_user_again(name in r#"[^\s/+$:\\"\p{Cc}]{1,30}"#) {
            let Ok(user) = name.parse::<UserName>() else { return Ok(()) };
            let body = format!(r#"{{"user": {{"self": "https://x/user/t1/users/{}"}}}}"#, segment(&name));
            let body = parse(body.as_bytes());
            prop_assert_eq!(body.map(user_reference), Ok(Ok(user)));
        }
    }
}
