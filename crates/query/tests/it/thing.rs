//! A managed object for the tests, from its JSON text.

use model::ids::ObjectId;
use model::json::{Json, Number, Object};
use query::evaluate::Subject;
use query::path::Path;

/// An object with its groups and ancestors.
#[derive(Debug)]
pub(crate) struct Thing {
    pub(crate) id: ObjectId,
    pub(crate) properties: Object,
    pub(crate) groups: Vec<ObjectId>,
    pub(crate) ancestors: Vec<ObjectId>,
}

impl Thing {
    /// The object with this id and these properties, in no group.
    pub(crate) fn new(number: u64, json: &str) -> Self {
        let value = serde_json::from_str(json).expect(json);
        let properties = convert(&value).as_object().expect("an object").clone();
        Self {
            id: id(number),
            properties,
            groups: Vec::new(),
            ancestors: Vec::new(),
        }
    }

    /// The same in this group and below these ancestors.
    pub(crate) fn below(mut self, groups: &[u64], ancestors: &[u64]) -> Self {
        self.groups = groups.iter().copied().map(id).collect();
        self.ancestors = ancestors.iter().copied().map(id).collect();
        self
    }
}

impl Subject for Thing {
    fn id(&self) -> ObjectId {
        self.id
    }

    fn visit(&self, path: &Path, visitor: &mut dyn FnMut(&Json)) {
        path.visit_in(&self.properties, visitor);
    }

    fn is_member_of(&self, group: ObjectId) -> bool {
        self.groups.contains(&group)
    }

    fn is_below(&self, root: ObjectId) -> bool {
        self.ancestors.contains(&root)
    }
}

/// The identifier with this number.
pub(crate) fn id(number: u64) -> ObjectId {
    ObjectId::new(number).expect("in range")
}

fn convert(value: &serde_json::Value) -> Json {
    use serde_json::Value;
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => Number::parse(&number.to_string()).expect("a number").into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(values) => values.iter().map(convert).collect::<Vec<_>>().into(),
        Value::Object(map) => Json::Object(
            map.iter()
                .map(|(name, value)| (name.as_str(), convert(value)))
                .collect(),
        ),
    }
}
