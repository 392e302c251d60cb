//! From method and path to an endpoint, by the declarations of the contract and nothing else.

use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use contract::refused::{self, Refused};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The endpoints of one path.
type ByMethod = BTreeMap<Method, Endpoint>;

/// All routes.
pub(crate) struct Routes {
    paths: matchit::Router<ByMethod>,
    /// What is not offered.
    refused: matchit::Router<Vec<Refused>>,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To this endpoint, with the path's parameters in order.
    To(Endpoint, Vec<String>),
    /// The path is known, but not with this method; it has these.
    OtherMethod(Vec<&'static str>),
    /// To what is not offered, for this reason; the path has these other methods.
    Refused(Refused, Vec<&'static str>),
    /// No endpoint has this path.
    Unknown,
}

impl Routes {
    /// The routes of every declared endpoint.
    pub(crate) fn new() -> Result<Self, matchit::InsertError> {
        let mut by_path: BTreeMap<&'static str, ByMethod> = BTreeMap::new();
        for endpoint in Endpoint::all() {
            let declaration = endpoint.declaration();
            by_path
                .entry(declaration.path)
                .or_default()
                .insert(declaration.method, endpoint);
        }
        let mut paths = matchit::Router::new();
        for (path, methods) in by_path {
            paths.insert(matched(path), methods)?;
        }
        let mut by_path: BTreeMap<&'static str, Vec<Refused>> = BTreeMap::new();
        for endpoint in refused::all() {
            by_path.entry(endpoint.path).or_default().push(*endpoint);
        }
        let mut refused = matchit::Router::new();
        for (path, methods) in by_path {
            refused.insert(matched(path), methods)?;
        }
        Ok(Self { paths, refused })
    }

    /// What is not offered and was asked for, with the methods that its path has, unless an endpoint's path fits as well or
    /// better.
    fn refused(&self, method: &str, path: &str) -> Option<Route> {
        let found = self.refused.at(path).ok()?.value;
        let refused = found.iter().find(|refused| refused.is_meant(method))?;
        let names = |path: &str| path.matches('{').count();
        let offered = self.paths.at(path).ok().map(|matched| matched.value);
        let declared = |endpoint: &Endpoint| endpoint.declaration();
        let is_worse = |methods: &ByMethod| {
            let fits = methods
                .values()
                .map(declared)
                .find(|it| refused.is_meant(it.method.name()));
            fits.is_none_or(|it| names(it.path) > names(refused.path))
        };
        if !offered.is_none_or(is_worse) {
            return None;
        }
        let here = offered.into_iter().flat_map(BTreeMap::values).map(declared);
        let methods = here.filter(|it| same_place(it.path, refused.path));
        Some(Route::Refused(
            *refused,
            methods.map(|it| it.method.name()).collect(),
        ))
    }

    /// The endpoint of a request. Empty segments do not count, whether at the end or, as the Python client sends them,
    /// in the middle; `HEAD` asks like `GET`.
    pub(crate) fn find(&self, method: &str, path: &str) -> Route {
        let path = without_empty_segments(path);
        if let Some(refused) = self.refused(method, &path) {
            return refused;
        }
        let Ok(matched) = self.paths.at(&path) else {
            return Route::Unknown;
        };
        let method = match method {
            "GET" | "HEAD" => Some(Method::Get),
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "DELETE" => Some(Method::Delete),
            _ => None,
        };
        let Some(endpoint) = method.and_then(|method| matched.value.get(&method)) else {
            return Route::OtherMethod(matched.value.keys().map(|method| method.name()).collect());
        };
        // One decoding, after matching: an encoded slash never makes a new segment.
        let decoded = matched
            .params
            .iter()
            .map(|(_, raw)| percent_decode_str(raw).decode_utf8());
        match decoded.map(|text| text.map(|text| text.into_owned())).collect() {
            Ok(parameters) => Route::To(*endpoint, parameters),
            Err(_) => Route::Unknown,
        }
    }
}

/// A path as it is matched: what is called a file at its end may have slashes.
fn matched(path: &str) -> String {
    let folder = |(folder, _): (&str, &str)| format!("{folder}/{{*file}}");
    let open = path
        .rsplit_once('/')
        .filter(|(_, last)| ["{file}", "{rest}"].contains(last));
    open.map_or(path.to_owned(), folder)
}

/// Whether two paths are the same but for the names in them.
fn same_place(one: &str, other: &str) -> bool {
    let is_name = |segment: &str| segment.starts_with('{');
    let (mut these, mut those) = (one.split('/'), other.split('/'));
    loop {
        match (these.next(), those.next()) {
            (None, None) => return true,
            (Some(this), Some(that)) if this == that || is_name(this) && is_name(that) => {}
            _ => return false,
        }
    }
}

/// What is matched is what is carried out, so a path with more slashes can get around nothing.
fn without_empty_segments(path: &str) -> Cow<'_, str> {
    if path == "/" || !(path.contains("//") || path.ends_with('/')) {
        return Cow::Borrowed(path);
    }
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    Cow::Owned(segments.fold(String::new(), |joined, segment| joined + "/" + segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{identity, inventory, measurements};

    #[test]
    fn paths_lead_to_their_endpoints() {
        let routes = Routes::new().expect("the declarations do not contradict each other");
        let to = |endpoint, parameters: &[&str]| {
            Route::To(
                endpoint,
                parameters.iter().map(|text| (*text).to_owned()).collect(),
            )
        };
        for (method, path, expected) in [
            (
                "GET",
                "/inventory/managedObjects",
                to(Endpoint::Inventory(inventory::Endpoint::List), &[]),
            ),
            (
                "GET",
                "/inventory/managedObjects/",
                to(Endpoint::Inventory(inventory::Endpoint::List), &[]),
            ),
            (
                "GET",
                "/inventory/managedObjects/count",
                to(Endpoint::Inventory(inventory::Endpoint::Count), &[]),
            ),
            (
                "HEAD",
                "/inventory/managedObjects/12",
                to(Endpoint::Inventory(inventory::Endpoint::Read), &["12"]),
            ),
            (
                "GET",
                "/measurement/measurements/series",
                to(Endpoint::Measurements(measurements::Endpoint::Series), &[]),
            ),
            (
                "GET",
                "/identity/externalIds/c8y_Serial/a%2Fb%20c",
                to(
                    Endpoint::Identity(identity::Endpoint::ExternalId),
                    &["c8y_Serial", "a/b c"],
                ),
            ),
            ("PATCH", "/audit/auditRecords/1", Route::OtherMethod(vec!["GET"])),
            (
                "GET",
                "//inventory//managedObjects//12//",
                to(Endpoint::Inventory(inventory::Endpoint::Read), &["12"]),
            ),
            ("GET", "//", Route::Unknown),
            ("GET", "/inventory/managedObjects/1/..", Route::Unknown),
            ("GET", "/identity/externalIds/a/%ff", Route::Unknown),
        ] {
            assert_eq!(routes.find(method, path), expected, "{method} {path}");
        }
    }
}
