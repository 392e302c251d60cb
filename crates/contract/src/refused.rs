//! Endpoints of the REST API that are not offered here, each with the reason. They are the refused rows of the list of
//! endpoints in the repository (`docs/endpoints.tsv`), so that what is said to a client is what is said to a reader.

use std::sync::LazyLock;

const LIST: &str = include_str!("../../../docs/endpoints.tsv");

/// An endpoint that is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Its method; none for all.
    pub method: Option<&'static str>,
    /// Its path, with `{placeholders}`.
    pub path: &'static str,
    /// Why it is not offered: a sentence.
    pub reason: &'static str,
}

impl Refused {
    /// Whether a request with this method is meant. `HEAD` asks like `GET`.
    pub fn is_meant(&self, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        self.method.is_none_or(|own| own == method)
    }
}

/// All of them.
pub fn all() -> &'static [Refused] {
    static ALL: LazyLock<Vec<Refused>> = LazyLock::new(|| LIST.lines().filter_map(refused_in).collect());
    &ALL
}

fn refused_in(line: &'static str) -> Option<Refused> {
    let mut columns = line.split('\t').skip(1);
    let (method, path) = (columns.next()?, columns.next()?);
    columns.next().filter(|answer| *answer == "refused")?;
    Some(Refused {
        method: match method {
            "ANY" => None,
            // A change to a WebSocket is asked for with GET.
            "WS" => Some("GET"),
            method => Some(method),
        },
        path: path.trim_end_matches('/'),
        reason: columns.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoint;

    #[test]
    fn what_is_refused_has_a_sentence_for_a_reason_and_is_not_declared() {
        assert!(!all().is_empty());
        for refused in all() {
            let Refused { path, reason, .. } = refused;
            assert!(path.starts_with('/'), "{path}");
            assert!(reason.ends_with('.') && reason.len() > 10, "{path}: {reason}");
            let declared = Endpoint::all().map(Endpoint::declaration);
            let mut same = declared.filter(|it| it.path == *path && refused.is_meant(it.method.name()));
            assert!(same.next().is_none(), "{path} is declared and refused");
        }
    }

    #[test]
    fn only_rows_that_are_refused_are_taken() {
        let refused = |line| refused_in(line).map(|it| (it.method, it.path, it.reason));
        assert_eq!(refused("area\tmethod\tpath\tanswer\treason"), None);
        assert_eq!(refused("application\tGET\t/a\t\t"), None);
        assert_eq!(refused("audit\tDELETE\t/a\t405\tNo."), None);
        assert_eq!(refused("x\tANY\t/a/\trefused\tNo."), Some((None, "/a", "No.")));
        assert_eq!(
            refused("x\tWS\t/a\trefused\tNo."),
            Some((Some("GET"), "/a", "No."))
        );
    }
}
