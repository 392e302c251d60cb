//! What the declaration of an endpoint consists of.

use model::limits::{FILE_BYTES_MAX, FORM_BYTES_MAX};
use policy::operation::OperationInfo;

/// The HTTP methods that endpoints use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Create.
    Post,
    /// Change.
    Put,
    /// Delete.
    Delete,
}

impl Method {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What kind of value a query parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Number,
    /// A date or a date with time.
    Date,
    /// Several values: a comma between them, or the parameter repeated.
    List,
}

/// A query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it does.
    pub about: &'static str,
}

/// An optional parameter.
pub const fn parameter(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        required: false,
        about,
    }
}

/// A parameter that must be there.
pub const fn required(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        required: true,
        about,
    }
}

/// The body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body {
    /// The short media types that it may have (`managedobject`), the first being the usual one; plain JSON always may.
    pub media: &'static [&'static str],
    /// The name of its schema.
    pub schema: &'static str,
    /// Most bytes that are read.
    pub bytes_max: usize,
}

impl Body {
    /// Whether it is a form, and nothing else, that is read whole.
    pub fn is_form(&self) -> bool {
        self.media == [FORM_MEDIA]
    }

    /// Whether it may be a form that is read whole.
    pub fn takes_form(&self) -> bool {
        self.media.contains(&FORM_MEDIA) && !self.is_file()
    }

    /// Whether it is a file, or a form with one, which is not read whole.
    pub fn is_file(&self) -> bool {
        self.media.contains(&ANY_MEDIA)
    }
}

/// A form that is read whole: its parts are texts.
pub const FORM_MEDIA: &str = "multipart/form-data";

/// The content of a file, whatever it is.
pub const ANY_MEDIA: &str = "*/*";

/// A file: as it is, or in a form.
pub const FILE: Body = Body {
    media: &["multipart/form-data", ANY_MEDIA],
    schema: "FileForm",
    bytes_max: FILE_BYTES_MAX as usize + FORM_BYTES_MAX,
};

/// The content of a file.
pub const FILE_ANSWER: Answer = Answer {
    status: 200,
    media: Some("application/octet-stream"),
    schema: None,
};

/// The answer when all went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The short media type (`managedobject`), or a whole one with a slash; none for no body.
    pub media: Option<&'static str>,
    /// The name of its schema, if it is JSON.
    pub schema: Option<&'static str>,
}

/// An answer in one of the API's own media types.
pub const fn answer(status: u16, media: &'static str, schema: &'static str) -> Answer {
    Answer {
        status,
        media: Some(media),
        schema: Some(schema),
    }
}

/// An answer without a body.
pub const fn nothing(status: u16) -> Answer {
    Answer {
        status,
        media: None,
        schema: None,
    }
}

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Declaration {
    /// The name of the operation in the API document, unique.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with `{placeholders}`.
    pub path: &'static str,
    /// The operation of the permission decision that it is bound to.
    pub operation: OperationInfo,
    /// Its parameters.
    pub query: &'static [&'static [Parameter]],
    /// Its body.
    pub body: Option<Body>,
    /// Its answer.
    pub answer: Answer,
    /// Other statuses that it may answer with, beside 401 and 500.
    pub errors: &'static [u16],
    /// What it does, in one line.
    pub about: &'static str,
}

/// Declares the endpoints of one resource: an enumeration whose every value has a declaration.
macro_rules! endpoints {
    ($(
        $(#[$doc:meta])*
        $name:ident = $method:ident $path:literal does $operation:ty {
            $(query: $query:expr,)?
            $(body: $body:expr,)?
            answer: $answer:expr,
            errors: $errors:expr,
            about: $about:literal $(,)?
        }
    )*) => {
        /// The endpoints of this resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $($(#[$doc])* #[doc = $about] $name,)*
        }

        impl Endpoint {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The declaration.
            pub fn declaration(self) -> $crate::endpoint::Declaration {
                match self {
                    $(Self::$name => {
                        #[allow(unused_mut, unused_assignments)]
                        let mut query: &'static [&'static [$crate::endpoint::Parameter]] = &[];
                        #[allow(unused_mut, unused_assignments)]
                        let mut body: Option<$crate::endpoint::Body> = None;
                        $(query = $query;)?
                        $(body = Some($body);)?
                        $crate::endpoint::Declaration {
                            name: stringify!($name),
                            method: $crate::endpoint::Method::$method,
                            path: $path,
                            operation: <$operation as policy::operation::Operation>::INFO,
                            query,
                            body,
                            answer: $answer,
                            errors: $errors,
                            about: $about,
                        }
                    })*
                }
            }
        }
    };
}
pub(crate) use endpoints;

/// The parameters of every list.
pub const PAGING: &[Parameter] = &[
    parameter("currentPage", Kind::Number, "The page, from 1."),
    parameter(
        "pageSize",
        Kind::Number,
        "Entries of a page: 5 unless told, 2,000 at most.",
    ),
    parameter("withTotalElements", Kind::Bool, "Whether to count all entries."),
    parameter("withTotalPages", Kind::Bool, "Whether to count all pages."),
];
