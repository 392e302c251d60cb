//! Which form of a file a client takes: the `Accept-Encoding` of RFC 9110, 12.5.3.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// The forms that are kept, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

impl Encoding {
    /// Its name in `Content-Encoding`; a plain file has none.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }
}

/// Whether a client takes this form. The plain one is for everybody, whatever they say: there is nothing else left to send.
pub(crate) fn takes(headers: &HeaderMap, encoding: Encoding) -> bool {
    let Some(name) = encoding.name() else { return true };
    let mut of_any = false;
    let all = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    for one in all.flat_map(|value| value.split(',')) {
        let mut parts = one.split(';');
        let coding = parts.next().unwrap_or_default().trim();
        let is_wanted = !parts.any(|part| is_zero(part.trim()));
        if coding.eq_ignore_ascii_case(name)
            || (encoding == Encoding::Gzip && coding.eq_ignore_ascii_case("x-gzip"))
        {
            return is_wanted;
        }
        if coding == "*" {
            of_any = is_wanted;
        }
    }
    of_any
}

/// A weight of nothing: "not acceptable".
fn is_zero(parameter: &str) -> bool {
    let weight = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="));
    weight.is_some_and(|weight| weight.trim().parse() == Ok(0.0_f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[track_caller]
    fn check(accepted: &[&'static str], brotli: bool, gzip: bool) {
        let mut headers = HeaderMap::new();
        for value in accepted {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        assert_eq!(takes(&headers, Encoding::Brotli), brotli, "{accepted:?}");
        assert_eq!(takes(&headers, Encoding::Gzip), gzip, "{accepted:?}");
        assert!(takes(&headers, Encoding::Plain));
    }

    #[test]
    fn a_client_gets_only_what_it_says_it_takes() {
        check(&[], false, false);
        check(&[""], false, false);
        check(&["gzip, deflate, br, zstd"], true, true);
        check(&["gzip", "br"], true, true);
        check(&["BR;q=0.1"], true, false);
        check(&["br;q=0, gzip"], false, true);
        check(&["br; q=0.000,*"], false, true);
        check(&["*"], true, true);
        check(&["*;q=0"], false, false);
        check(&["x-gzip"], false, true);
        check(&["identity", "brotli", "gzipped"], false, false);
    }
}
