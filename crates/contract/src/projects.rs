//! Endpoints of projects, an extension of the API: sandboxed parts of a tenant; and what their bodies say.

use crate::body::{BadBody, id_or_self, label, member, object, require, short_text, shown};
use crate::endpoint::{Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::BODY_BYTES_MAX;
use model::names::Label;
use policy::operations::{inventory as does, projects as project_does};

const DELETION: &[Parameter] = &[parameter("cascade", Kind::Bool, "With everything in it.")];
const PROJECT_BODY: Body = Body {
    media: &["project"],
    schema: "Project",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/inventory/projects" does does::InventoryList {
        query: &[PAGING],
        answer: answer(200, "projectcollection", "ProjectCollection"),
        errors: &[422],
        about: "List the projects that the caller may read.",
    }
    Create = Post "/inventory/projects" does project_does::ProjectManage {
        body: PROJECT_BODY,
        answer: answer(201, "project", "Project"),
        errors: &[400, 403, 413, 422],
        about: "Create a project; those with permissions on it are its members.",
    }
    Read = Get "/inventory/projects/{id}" does does::InventoryRead {
        answer: answer(200, "project", "Project"),
        errors: &[403, 404],
        about: "Read a project.",
    }
    Update = Put "/inventory/projects/{id}" does does::InventoryUpdate {
        body: PROJECT_BODY,
        answer: answer(200, "project", "Project"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change a project; its quota only with the right to create projects.",
    }
    Delete = Delete "/inventory/projects/{id}" does does::InventoryDelete {
        query: &[DELETION],
        answer: nothing(204),
        errors: &[403, 404, 409, 422],
        about: "Delete a project that is empty, or with everything in it.",
    }
    CreateObject = Post "/inventory/projects/{id}/managedObjects" does does::InventoryCreateBelow {
        body: Body { media: &["managedobject"], schema: "ManagedObject", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "managedobject", "ManagedObject"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Create a managed object in a project.",
    }
    Move = Put "/inventory/managedObjects/{id}/project" does project_does::ProjectMove {
        body: Body { media: &[], schema: "ProjectMove", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "managedobject", "ManagedObject"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Move a managed object, with everything below it, into a project or out of its project.",
    }
}

/// Longest description of a project, in characters.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// What a client says of a project: what is absent stays as it is, what is `None` inside is removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectBody {
    /// Its name.
    pub name: Option<Label>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// How many objects may lie in it.
    pub objects_max: Option<Option<u64>>,
}

/// A new project: it has a name.
pub fn new_project(body: Json) -> Result<ProjectBody, BadBody> {
    let body = object(body)?;
    require(&body, &["name"])?;
    read(&body)
}

/// Changes of a project.
pub fn project_change(body: Json) -> Result<ProjectBody, BadBody> {
    read(&object(body)?)
}

fn read(body: &Object) -> Result<ProjectBody, BadBody> {
    let removes = |name: &str| body.get(name) == Some(&Json::Null);
    if removes("name") {
        return Err(BadBody::NotAllowed { property: "name" });
    }
    let description = short_text(body, "description", DESCRIPTION_CHARS_MAX)?;
    let objects_max = body.get("maxObjects").filter(|_| !removes("maxObjects"));
    Ok(ProjectBody {
        name: label(body, "name")?,
        description: removes("description").then_some(None).or(description.map(Some)),
        objects_max: match objects_max {
            Some(number) => Some(Some(whole_number(number, "maxObjects")?)),
            None => removes("maxObjects").then_some(None),
        },
    })
}

fn whole_number(value: &Json, property: &str) -> Result<u64, BadBody> {
    let number = value.as_number().and_then(|number| number.text().parse().ok());
    number.ok_or(BadBody::WrongType {
        property: shown(property),
        expected: "a whole number, from 0 on",
    })
}

/// Where an object is moved to: a project, or `null` for none.
pub fn destination(body: Json) -> Result<Option<ObjectId>, BadBody> {
    let body = object(body)?;
    if !body.contains("project") {
        return Err(BadBody::Missing(vec!["project"]));
    }
    let project = member(&body, "project")?;
    project.map(|project| id_or_self(project, "project")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        crate::json::parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn what_is_absent_stays_and_null_removes() {
        assert_eq!(project_change(json("{}")), Ok(ProjectBody::default()));
        let removed = project_change(json(r#"{"description": null, "maxObjects": null}"#));
        let expected = ProjectBody {
            description: Some(None),
            objects_max: Some(None),
            ..ProjectBody::default()
        };
        assert_eq!(removed, Ok(expected));
        let set = project_change(json(r#"{"name": "North", "maxObjects": 3}"#)).expect("a project");
        assert_eq!(set.objects_max, Some(Some(3)));
        for refused in [
            r#"{"name": null}"#,
            r#"{"maxObjects": -1}"#,
            r#"{"maxObjects": 1.5}"#,
            r#"{"maxObjects": "3"}"#,
        ] {
            assert!(project_change(json(refused)).is_err(), "{refused}");
        }
        assert!(new_project(json(r#"{"description": "x"}"#)).is_err());
    }

    #[test]
    fn a_move_says_where_to() {
        assert_eq!(destination(json(r#"{"project": null}"#)), Ok(None));
        assert_eq!(
            destination(json(r#"{"project": {"id": "12"}}"#)),
            Ok(ObjectId::new(12))
        );
        for refused in [
            "{}",
            r#"{"project": "12"}"#,
            r#"{"project": {}}"#,
            r#"{"project": {"id": "x"}}"#,
        ] {
            assert!(destination(json(refused)).is_err(), "{refused}");
        }
    }
}
