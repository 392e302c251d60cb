//! Words for writing a schema down: kinds of values, then what narrows them. It knows no resource.

use serde_json::{Map, Value};

/// Where the document keeps schemas.
pub(super) const PLACE: &str = "#/components/schemas/";

/// A schema with its name.
pub(super) type Named = (&'static str, Schema);

/// A schema in the making.
#[derive(Clone)]
pub(super) struct Schema(Map<String, Value>);

impl Schema {
    fn new(kind: &str, about: &str) -> Self {
        Self(Map::new()).with("type", kind).with("description", about)
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Set by the platform; ignored when a client sends it.
    pub(super) fn read_only(self) -> Self {
        self.with("readOnly", true)
    }

    /// Sent by clients, never answered.
    pub(super) fn write_only(self) -> Self {
        self.with("writeOnly", true)
    }

    /// Bytes instead of text.
    pub(super) fn with_binary_content(self) -> Self {
        self.with("contentMediaType", "application/octet-stream")
    }

    /// At most this many characters.
    pub(super) fn at_most(self, chars: usize) -> Self {
        self.with("maxLength", chars)
    }

    /// At least this many characters.
    pub(super) fn at_least(self, chars: usize) -> Self {
        self.with("minLength", chars)
    }

    /// At most this many elements.
    pub(super) fn items_at_most(self, count: usize) -> Self {
        self.with("maxItems", count)
    }

    /// Matching a regular expression.
    pub(super) fn matching(self, pattern: &str) -> Self {
        self.with("pattern", pattern)
    }

    /// One of these words.
    pub(super) fn one_of(self, words: &[&str]) -> Self {
        self.with("enum", words.to_vec())
    }

    /// With these properties, always.
    pub(super) fn required(self, names: &[&str]) -> Self {
        self.with("required", names.to_vec())
    }

    /// Whose value is this unless it is said.
    pub(super) fn unless_told(self, value: impl Into<Value>) -> Self {
        self.with("default", value)
    }

    /// With a least and a greatest value.
    pub(super) fn between(self, least: u32, most: u32) -> Self {
        self.with("minimum", least).with("maximum", most)
    }

    /// With an example, as JSON text.
    pub(super) fn example(self, value: Value) -> Self {
        self.with("examples", vec![value])
    }

    /// An object with further properties of any kind, whose names follow the rule for fragments.
    pub(super) fn with_fragments(self) -> Self {
        let names = Schema(Map::new())
            .at_most(model::limits::NAME_BYTES_MAX)
            .matching(r"^[^\s.,*\[\]()@$]+$");
        self.with("additionalProperties", true)
            .with("propertyNames", names.into_value())
    }

    /// An object whose further properties all have this shape.
    pub(super) fn with_others(self, others: Schema) -> Self {
        self.with("additionalProperties", others.into_value())
    }

    /// Or null.
    pub(super) fn or_null(mut self) -> Self {
        if let Some(Value::String(kind)) = self.0.remove("type") {
            self = self.with("type", vec![kind, "null".to_owned()]);
        }
        self
    }

    /// With these words about it.
    pub(super) fn about(self, about: &str) -> Self {
        self.with("description", about)
    }

    /// The schema as JSON.
    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text.
pub(super) fn text(about: &str) -> Schema {
    Schema::new("string", about)
}

/// `true` or `false`.
pub(super) fn truth(about: &str) -> Schema {
    Schema::new("boolean", about)
}

/// A whole number that is not negative.
pub(super) fn count(about: &str) -> Schema {
    Schema::new("integer", about).with("minimum", 0)
}

/// Any number.
pub(super) fn number(about: &str) -> Schema {
    Schema::new("number", about)
}

/// A date with time and offset.
pub(super) fn time(about: &str) -> Schema {
    text(about).with("format", "date-time")
}

/// A decimal identifier as text.
pub(super) fn id(about: &str) -> Schema {
    text(about).matching("^[1-9][0-9]{0,15}$")
}

/// A link to where something is read.
pub(super) fn link(about: &str) -> Schema {
    text(about).with("format", "uri-reference")
}

/// Where the thing itself is read: the property that nearly every answer has.
pub(super) fn own_link() -> (&'static str, Schema) {
    ("self", link("Where this is read.").read_only())
}

/// Elements of one shape.
pub(super) fn list(about: &str, of: Schema) -> Schema {
    Schema::new("array", about).with("items", of.into_value())
}

/// An object with these properties.
pub(super) fn object<const N: usize>(about: &str, properties: [(&str, Schema); N]) -> Schema {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema.into_value()))
        .collect();
    Schema::new("object", about).with("properties", properties)
}

/// An object with these properties, however many there are.
pub(super) fn object_of(about: &str, properties: impl IntoIterator<Item = (&'static str, Schema)>) -> Schema {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema.into_value()))
        .collect();
    Schema::new("object", about).with("properties", properties)
}

/// An object about whose properties nothing is said.
pub(super) fn any_object(about: &str) -> Schema {
    Schema::new("object", about).with("additionalProperties", true)
}

/// The schema of this name.
pub(super) fn named(name: &str) -> Schema {
    Schema(Map::new()).with("$ref", format!("{PLACE}{name}"))
}

/// The schema of this name, with what it is here.
pub(super) fn named_as(name: &str, about: &str) -> Schema {
    named(name).with("description", about)
}

/// Any value.
pub(super) fn anything(about: &str) -> Schema {
    Schema(Map::new()).about(about)
}

/// Any one of these.
pub(super) fn any_of(about: &str, schemas: impl IntoIterator<Item = Schema>) -> Schema {
    let schemas: Vec<Value> = schemas.into_iter().map(Schema::into_value).collect();
    anything(about).with("anyOf", schemas)
}

/// A page of a list whose entries are under `key`.
pub(super) fn page(about: &str, key: &'static str, of: &str) -> Schema {
    let entries = list("The entries of this page.", named(of));
    object(
        about,
        [
            own_link(),
            ("next", link("The next page, if this one is full.").read_only()),
            ("prev", link("The page before, if there is one.").read_only()),
            (key, entries),
            ("statistics", named("PageStatistics")),
        ],
    )
    .required(&[key])
}
