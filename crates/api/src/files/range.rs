//! Which bytes of a file a request asks for (RFC 9110, 14): one range, or all of it. Several ranges at once are answered
//! with all, as a server may.

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// From this byte up to the other, without that one.
    Range(u64, u64),
    /// Bytes that are not there.
    Nothing,
}

/// From `Range` and `If-Range`, for a content with this tag and length. What is not understood does not count.
pub(super) fn wanted(range: Option<&str>, if_range: Option<&str>, tag: &str, length: u64) -> Wanted {
    let Some(range) = range else { return Wanted::Whole };
    // Only for this very content: a date is never given, so one does not fit.
    if if_range.is_some_and(|state| state.trim() != tag) {
        return Wanted::Whole;
    }
    let Some((unit, set)) = range.split_once('=') else {
        return Wanted::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Wanted::Whole;
    }
    one(set.trim(), length).unwrap_or(Wanted::Whole)
}

fn one(range: &str, length: u64) -> Option<Wanted> {
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        // More than there can be is as good as very much.
        true => Some(text.parse().unwrap_or(u64::MAX)),
        false => None,
    };
    if first.is_empty() {
        let count = number(last)?.min(length);
        return Some(match count {
            0 => Wanted::Nothing,
            count => Wanted::Range(length - count, length),
        });
    }
    let first = number(first)?;
    let end = match last {
        "" => length,
        last => number(last)
            .filter(|last| *last >= first)?
            .saturating_add(1)
            .min(length),
    };
    Some(match first < length {
        true => Wanted::Range(first, end),
        false => Wanted::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_anything_else_is_all_of_it() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Range(0, 1)),
            ("bytes=0-", Wanted::Range(0, 10)),
            ("bytes=3-5", Wanted::Range(3, 6)),
            ("BYTES = 3-5", Wanted::Range(3, 6)),
            ("bytes=9-9", Wanted::Range(9, 10)),
            ("bytes=5-99999999999999999999999", Wanted::Range(5, 10)),
            ("bytes=-3", Wanted::Range(7, 10)),
            ("bytes=-99", Wanted::Range(0, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-20", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-3", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("bytes", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(range), None, "\"t\"", 10), expected, "{range}");
        }
        assert_eq!(wanted(None, None, "\"t\"", 10), Wanted::Whole);
    }

    #[test]
    fn of_another_content_all_is_sent() {
        let ask = |state| wanted(Some("bytes=1-2"), Some(state), "\"t\"", 10);
        assert_eq!(ask("\"t\""), Wanted::Range(1, 3));
        for other in ["\"u\"", "W/\"t\"", "Sat, 21 Nov 2026 10:00:00 GMT", ""] {
            assert_eq!(ask(other), Wanted::Whole, "{other}");
        }
    }

    #[test]
    fn of_an_empty_file_no_range_is_there() {
        for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(wanted(Some(range), None, "\"t\"", 0), Wanted::Nothing, "{range}");
        }
    }
}
