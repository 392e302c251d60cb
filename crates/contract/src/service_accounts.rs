//! Endpoints of service accounts and their keys, an extension of the API; and what their bodies say.

use crate::body::{
    BadBody, array, boolean, id_or_self, member, object, parsed, require, short_text, shown, time,
};
use crate::endpoint::{Body, PAGING, answer, endpoints, nothing};
use crate::users::bodies::{mandatory, references, role_of};
use model::addresses::AddressRange;
use model::ids::{GroupId, ObjectId};
use model::json::{Json, Object};
use model::limits::{
    BODY_BYTES_MAX, SERVICE_ADDRESSES_MAX, SERVICE_DESCRIPTION_CHARS_MAX, SERVICE_KEY_NAME_CHARS_MAX,
};
use model::names::UserName;
use model::roles::Role;
use model::time::Timestamp;
use policy::operations::service_accounts as does;
use std::collections::BTreeSet;

const BODY: Body = Body {
    media: &["serviceaccount"],
    schema: "ServiceAccount",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/user/{tenantId}/serviceAccounts" does does::ServiceAccountRead {
        query: &[PAGING],
        answer: answer(200, "serviceaccountcollection", "ServiceAccountCollection"),
        errors: &[403, 404, 422],
        about: "List service accounts.",
    }
    Create = Post "/user/{tenantId}/serviceAccounts" does does::ServiceAccountCreate {
        body: BODY,
        answer: answer(201, "serviceaccount", "ServiceAccount"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Create a service account; it signs in once it has a key.",
    }
    Read = Get "/user/{tenantId}/serviceAccounts/{userId}" does does::ServiceAccountRead {
        answer: answer(200, "serviceaccount", "ServiceAccount"),
        errors: &[403, 404],
        about: "Read a service account.",
    }
    Update = Put "/user/{tenantId}/serviceAccounts/{userId}" does does::ServiceAccountUpdate {
        body: BODY,
        answer: answer(200, "serviceaccount", "ServiceAccount"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Change a service account; its roles and groups are changed like those of any user.",
    }
    Delete = Delete "/user/{tenantId}/serviceAccounts/{userId}" does does::ServiceAccountDelete {
        answer: nothing(204),
        errors: &[403, 404, 409, 412, 422],
        about: "Delete a service account with its keys.",
    }
    CreateKey = Post "/user/{tenantId}/serviceAccounts/{userId}/keys" does does::ServiceKeyCreate {
        body: Body { media: &["servicekey"], schema: "ServiceKey", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "servicekey", "ServiceKey"),
        errors: &[400, 403, 404, 413, 422, 429],
        about: "Make a key. It is in this answer, whatever `Accept` says, and cannot be had again.",
    }
    RevokeKey = Delete "/user/{tenantId}/serviceAccounts/{userId}/keys/{keyId}" does does::ServiceKeyRevoke {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Revoke a key: it is refused from the next request on.",
    }
}

/// What a client says of a service account: what is absent stays as it is, what is `None` inside is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountBody {
    /// What it is for.
    pub description: Option<Option<String>>,
    /// The project that it is bound to.
    pub project: Option<Option<ObjectId>>,
    /// Where it may call from.
    pub addresses: Option<Vec<AddressRange>>,
    /// From then on it is refused.
    pub expires: Option<Option<Timestamp>>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
}

/// A service account to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The name of its user.
    pub name: UserName,
    /// What is said of it.
    pub body: AccountBody,
    /// Roles held directly.
    pub roles: BTreeSet<Role>,
    /// Groups that it joins.
    pub groups: BTreeSet<GroupId>,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is called.
    pub name: String,
    /// From then on it is refused.
    pub expires: Option<Timestamp>,
}

/// A service account as a client sends it.
pub fn new_account(body: Json) -> Result<NewAccount, BadBody> {
    let body = object(body)?;
    require(&body, &["userName"])?;
    Ok(NewAccount {
        name: mandatory(&body, "userName", "not a user name")?,
        roles: references(&body, "roles", "role", role_of)?,
        groups: references(&body, "groups", "group", |group| id_or_self(group, "group"))?,
        body: account(&body)?,
    })
}

/// A change of the service account of this name, which may be repeated; roles and groups have endpoints of their own and
/// are not looked at.
pub fn account_change(body: Json, name: &UserName) -> Result<AccountBody, BadBody> {
    let body = object(body)?;
    let sent: Option<UserName> = parsed(&body, "userName", "not a user name")?;
    if sent.is_some_and(|sent| sent != *name) {
        return Err(BadBody::NotAllowed { property: "userName" });
    }
    account(&body)
}

fn account(body: &Object) -> Result<AccountBody, BadBody> {
    let if_there = |name: &str| body.contains(name).then_some(());
    let description = short_text(body, "description", SERVICE_DESCRIPTION_CHARS_MAX)?;
    let project = member(body, "project")?
        .map(|project| id_or_self(project, "project"))
        .transpose()?;
    let expires = time(body, "expirationTime")?;
    Ok(AccountBody {
        description: if_there("description").map(|()| description),
        project: if_there("project").map(|()| project),
        addresses: match if_there("addresses") {
            Some(()) => Some(addresses(body)?),
            None => None,
        },
        expires: if_there("expirationTime").map(|()| expires),
        enabled: boolean(body, "enabled")?,
    })
}

fn addresses(body: &Object) -> Result<Vec<AddressRange>, BadBody> {
    let all = array(body, "addresses", SERVICE_ADDRESSES_MAX)?.unwrap_or_default();
    let range = |text: &Json| text.as_str().and_then(|text| text.parse().ok());
    let rule = || BadBody::Rule {
        property: shown("addresses"),
        rule: AddressRange::RULE,
    };
    all.iter().map(|text| range(text).ok_or_else(rule)).collect()
}

/// A key as a client asks for it.
pub fn new_key(body: Json) -> Result<NewKey, BadBody> {
    let body = object(body)?;
    let name = short_text(&body, "name", SERVICE_KEY_NAME_CHARS_MAX)?.filter(|name| !name.is_empty());
    Ok(NewKey {
        name: name.ok_or(BadBody::Missing(vec!["name"]))?,
        expires: time(&body, "expirationTime")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        crate::json::parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn what_is_absent_stays_and_null_removes() {
        let name: UserName = "service_x".parse().expect("a name");
        assert_eq!(account_change(json("{}"), &name), Ok(AccountBody::default()));
        let removed = account_change(
            json(r#"{"description": null, "project": null, "addresses": null, "expirationTime": null}"#),
            &name,
        );
        let expected = AccountBody {
            description: Some(None),
            project: Some(None),
            addresses: Some(Vec::new()),
            expires: Some(None),
            enabled: None,
        };
        assert_eq!(removed, Ok(expected));
        let set = account_change(
            json(r#"{"project": {"id": "5"}, "addresses": ["192.0.2.0/24"], "userName": "service_x", "enabled": false}"#),
            &name,
        )
        .expect("a change");
        assert_eq!((set.project, set.enabled), (Some(ObjectId::new(5)), Some(false)));
        assert_eq!(set.addresses.map(|ranges| ranges.len()), Some(1));
    }

    #[test]
    fn what_makes_no_account_or_key_is_refused() {
        let name: UserName = "service_x".parse().expect("a name");
        for refused in [
            r#"{"userName": "service_y"}"#,
            r#"{"addresses": ["192.0.2.1/24"]}"#,
            r#"{"addresses": [7]}"#,
            r#"{"addresses": "192.0.2.0/24"}"#,
            r#"{"expirationTime": "soon"}"#,
            r#"{"project": "5"}"#,
        ] {
            assert!(account_change(json(refused), &name).is_err(), "{refused}");
        }
        assert!(new_account(json("{}")).is_err());
        assert!(new_key(json("{}")).is_err());
        assert!(new_key(json(r#"{"name": ""}"#)).is_err());
    }
}
