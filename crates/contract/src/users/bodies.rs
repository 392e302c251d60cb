//! What the bodies of users, groups and references say.
//!
//! Each reader takes only what may be set there, by name; everything else of a body is left where it is and dropped, so
//! no property can be set that is not named here (R012). Passwords are moved into a `Secret` at once, and no error
//! repeats a value.

use crate::body::{
    BadBody, array, boolean, id_or_self, last_segment, member, object, parsed, require, short_text, shown,
    text,
};
use crate::permissions::{ByObject, device_permissions};
use model::ids::GroupId;
use model::json::{Json, Object};
use model::limits::{NAME_BYTES_MAX, REFERENCES_MAX};
use model::names::{GroupName, UserName};
use model::roles::{AnyRole, Role};
use model::secret::Secret;
use percent_encoding::percent_decode_str;
use std::collections::BTreeSet;
use std::str::FromStr;

/// What is known of a user. Absent: it stays as it is. `None` inside (sent as `null` or empty): it is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Given name.
    pub first_name: Option<Option<String>>,
    /// Family name.
    pub last_name: Option<Option<String>>,
    /// Name to show.
    pub display_name: Option<Option<String>>,
    /// E-mail address.
    pub email: Option<Option<String>>,
    /// Phone number.
    pub phone: Option<Option<String>>,
    /// Wants the newsletter.
    pub newsletter: Option<bool>,
}

/// A user to be created.
pub struct NewUser {
    /// The name, for good.
    pub name: UserName,
    /// Its password; none only if the client asked for a mail to set one.
    pub password: Option<Secret>,
    /// Whether it must choose a new one before anything else.
    pub must_change_password: bool,
    /// What is known of it.
    pub profile: Profile,
    /// Whatever else is noted.
    pub custom_properties: Object,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Roles held directly.
    pub roles: BTreeSet<Role>,
    /// Groups that it joins.
    pub groups: BTreeSet<GroupId>,
}

/// A change of a user by an administrator.
pub struct UserChange {
    /// What is known of it.
    pub profile: Profile,
    /// Its custom properties, all of them.
    pub custom_properties: Option<Object>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
    /// A new password.
    pub password: Option<Secret>,
    /// Whether it must choose a new one before anything else.
    pub must_change_password: Option<bool>,
    /// Its own permissions on objects and fragments, all of them.
    pub device_permissions: Option<ByObject>,
}

/// A change of one's own user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnChange {
    /// What is known of oneself.
    pub profile: Profile,
    /// The language of the console (`customProperties.language`).
    pub language: Option<Option<String>>,
}

/// A new password.
pub struct PasswordChange {
    /// The caller's own password, as proof.
    pub current: Secret,
    /// The password from now on.
    pub new: Secret,
}

/// A group to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<String>,
    /// Whatever else is noted.
    pub custom_properties: Object,
    /// Roles of its members.
    pub roles: BTreeSet<Role>,
}

/// A change of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// A new name.
    pub name: Option<GroupName>,
    /// A new description, or its removal.
    pub description: Option<Option<String>>,
    /// Its custom properties, all of them.
    pub custom_properties: Option<Object>,
    /// Its permissions on objects and fragments, all of them.
    pub device_permissions: Option<ByObject>,
}

/// A user as a client sends it. Name and e-mail address must be there, and a password unless `sendPasswordResetEmail`
/// is true; roles and groups are taken from their references.
pub fn new_user(body: Json) -> Result<NewUser, BadBody> {
    let mut body = object(body)?;
    let password = secret(&mut body, "password")?;
    let mut missing = missing(&body, &["userName", "email"]);
    if password.is_none() && boolean(&body, "sendPasswordResetEmail")? != Some(true) {
        missing.push("password");
    }
    if !missing.is_empty() {
        return Err(BadBody::Missing(missing));
    }
    Ok(NewUser {
        name: mandatory(&body, "userName", USER_NAME_RULE)?,
        password,
        must_change_password: boolean(&body, "shouldResetPassword")?.unwrap_or(false),
        profile: profile(&body)?,
        custom_properties: custom_properties(&body)?.unwrap_or_default(),
        enabled: boolean(&body, "enabled")?.unwrap_or(true),
        roles: references(&body, "roles", "role", role_of)?,
        groups: references(&body, "groups", "group", |group| id_or_self(group, "group"))?,
    })
}

/// A change of the user of this name. The name cannot be changed, but may be repeated; roles and groups have endpoints
/// of their own and are not looked at.
pub fn user_change(body: Json, name: &UserName) -> Result<UserChange, BadBody> {
    let mut body = object(body)?;
    if text(&body, "userName")?.is_some_and(|sent| sent != name.as_str()) {
        return Err(BadBody::NotAllowed { property: "userName" });
    }
    Ok(UserChange {
        password: secret(&mut body, "password")?,
        must_change_password: boolean(&body, "shouldResetPassword")?,
        profile: profile(&body)?,
        custom_properties: custom_properties(&body)?,
        enabled: boolean(&body, "enabled")?,
        device_permissions: device_permissions(&body)?,
    })
}

/// A change of one's own user. A password is refused rather than ignored: it has an endpoint that asks for the present
/// one.
pub fn own_change(body: Json) -> Result<OwnChange, BadBody> {
    let body = object(body)?;
    if !matches!(body.get("password"), None | Some(Json::Null)) {
        return Err(BadBody::NotAllowed { property: "password" });
    }
    let language = match member(&body, "customProperties")? {
        Some(properties) => changed_text(properties, "language")?,
        None => None,
    };
    Ok(OwnChange {
        profile: profile(&body)?,
        language,
    })
}

/// A new password with the caller's own present one, `currentUserPassword` (or, as some clients write, `currentPassword`).
pub fn password_change(body: Json) -> Result<PasswordChange, BadBody> {
    let mut body = object(body)?;
    let current = match secret(&mut body, "currentUserPassword")? {
        Some(current) => Some(current),
        None => secret(&mut body, "currentPassword")?,
    };
    match (current, secret(&mut body, "newPassword")?) {
        (Some(current), Some(new)) => Ok(PasswordChange { current, new }),
        (None, Some(_)) => Err(BadBody::Missing(vec!["currentUserPassword"])),
        (Some(_), None) => Err(BadBody::Missing(vec!["newPassword"])),
        (None, None) => Err(BadBody::Missing(vec!["currentUserPassword", "newPassword"])),
    }
}

/// Who is to be above a user: `{"owner": "<name>"}`.
pub fn owner_change(body: Json) -> Result<UserName, BadBody> {
    named_in(body, "owner")
}

/// Whose users below are to be lent to a user: `{"delegatedBy": "<name>"}`.
pub fn delegation_change(body: Json) -> Result<UserName, BadBody> {
    named_in(body, "delegatedBy")
}

fn named_in(body: Json, name: &'static str) -> Result<UserName, BadBody> {
    let body = object(body)?;
    require(&body, &[name])?;
    mandatory(&body, name, USER_NAME_RULE)
}

/// A group as a client sends it.
pub fn new_group(body: Json) -> Result<NewGroup, BadBody> {
    let body = object(body)?;
    require(&body, &["name"])?;
    Ok(NewGroup {
        name: mandatory(&body, "name", GROUP_NAME_RULE)?,
        description: changed_text(&body, "description")?.flatten(),
        custom_properties: custom_properties(&body)?.unwrap_or_default(),
        roles: references(&body, "roles", "role", role_of)?,
    })
}

/// A change of a group. Roles and members have endpoints of their own.
pub fn group_change(body: Json) -> Result<GroupChange, BadBody> {
    let body = object(body)?;
    Ok(GroupChange {
        name: parsed(&body, "name", GROUP_NAME_RULE)?,
        description: changed_text(&body, "description")?,
        custom_properties: custom_properties(&body)?,
        device_permissions: device_permissions(&body)?,
    })
}

/// The role of `{"role": {"self": "…/user/roles/ROLE_X"}}`; its `id` or `name` will do as well.
pub fn role_reference(body: Json) -> Result<AnyRole, BadBody> {
    let body = object(body)?;
    role_of(member(&body, "role")?.ok_or(BadBody::Missing(vec!["role"]))?)
}

/// The user of `{"user": {"self": "…/user/t1/users/jane"}}`; its `id` or `userName` will do as well. Of a link only the
/// last segment counts: the user is always one of the caller's tenant.
pub fn user_reference(body: Json) -> Result<UserName, BadBody> {
    let body = object(body)?;
    let user = member(&body, "user")?.ok_or(BadBody::Missing(vec!["user"]))?;
    let name = named(user, &["id", "userName"], "user")?;
    name.parse().map_err(|_| BadBody::Rule {
        property: "user".to_owned(),
        rule: USER_NAME_RULE,
    })
}

const USER_NAME_RULE: &str = "not a user name";
const GROUP_NAME_RULE: &str = "1 to 254 characters, no control character, and no space at its ends";

pub(crate) fn role_of<R: FromStr>(role: &Object) -> Result<R, BadBody> {
    let name = named(role, &["id", "name"], "role")?;
    name.parse().map_err(|_| BadBody::Rule {
        property: "role".to_owned(),
        rule: "there is no such role",
    })
}

/// The name of what is referred to: by one of these properties, or by the last segment of its link.
fn named(reference: &Object, names: &[&str], property: &str) -> Result<String, BadBody> {
    for name in names {
        if let Some(name) = text(reference, name)? {
            return Ok(name.to_owned());
        }
    }
    let rule = BadBody::Rule {
        property: shown(property),
        rule: "it needs the id or link of what it refers to",
    };
    let link = text(reference, "self")?
        .map(last_segment)
        .filter(|segment| !segment.is_empty());
    let name = link.and_then(|segment| percent_decode_str(segment).decode_utf8().ok());
    name.map(|name| name.into_owned()).ok_or(rule)
}

/// What a body refers to as `{"<container>": {"references": [{"<key>": {…}}]}}`; nothing if there is no such container.
pub(crate) fn references<T: Ord>(
    body: &Object,
    container: &str,
    key: &'static str,
    read: impl Fn(&Object) -> Result<T, BadBody>,
) -> Result<BTreeSet<T>, BadBody> {
    let Some(container) = member(body, container)? else {
        return Ok(BTreeSet::new());
    };
    let all = array(container, "references", REFERENCES_MAX)?.unwrap_or_default();
    let one = |reference: &Json| {
        let reference = reference.as_object().ok_or(BadBody::NotAnObject)?;
        read(member(reference, key)?.ok_or(BadBody::Missing(vec![key]))?)
    };
    all.iter().map(one).collect()
}

fn profile(body: &Object) -> Result<Profile, BadBody> {
    let profile = Profile {
        first_name: changed_text(body, "firstName")?,
        last_name: changed_text(body, "lastName")?,
        display_name: changed_text(body, "displayName")?,
        email: changed_text(body, "email")?,
        phone: changed_text(body, "phone")?,
        newsletter: boolean(body, "newsletter")?,
    };
    if profile.email.iter().flatten().any(|email| !is_email(email)) {
        return Err(BadBody::Rule {
            property: "email".to_owned(),
            rule: "not an e-mail address",
        });
    }
    if profile.phone.iter().flatten().any(|phone| !is_phone(phone)) {
        return Err(BadBody::Rule {
            property: "phone".to_owned(),
            rule: "not a phone number",
        });
    }
    Ok(profile)
}

/// Something on both sides of one `@`, and no white space: whether mail arrives there, only mail can tell.
pub(crate) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
        && !text.contains(char::is_whitespace)
}

/// Digits, as people write them.
fn is_phone(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || "+-/(). ".contains(c))
        && text.contains(|c: char| c.is_ascii_digit())
}

/// A text that may be changed: absent, or removed by `null` or an empty text, or set.
pub(crate) fn changed_text(body: &Object, name: &str) -> Result<Option<Option<String>>, BadBody> {
    if !body.contains(name) {
        return Ok(None);
    }
    Ok(Some(
        short_text(body, name, NAME_BYTES_MAX)?.filter(|text| !text.is_empty()),
    ))
}

/// The custom properties as a whole; `null` removes them.
pub(crate) fn custom_properties(body: &Object) -> Result<Option<Object>, BadBody> {
    if !body.contains("customProperties") {
        return Ok(None);
    }
    Ok(Some(
        member(body, "customProperties")?.cloned().unwrap_or_default(),
    ))
}

/// Which of these texts are not there, null or empty.
pub(crate) fn missing(body: &Object, names: &[&'static str]) -> Vec<&'static str> {
    let is_missing = |name: &&&'static str| match body.get(name) {
        None | Some(Json::Null) => true,
        Some(value) => value.as_str() == Some(""),
    };
    names.iter().filter(is_missing).copied().collect()
}

/// A property that is known to be there, of a kind that is made by parsing.
pub(crate) fn mandatory<T: FromStr>(
    body: &Object,
    name: &'static str,
    rule: &'static str,
) -> Result<T, BadBody> {
    parsed(body, name, rule)?.ok_or(BadBody::Missing(vec![name]))
}

/// Moves a secret out of the body, so that no second copy of it stays behind.
pub(crate) fn secret(body: &mut Object, name: &'static str) -> Result<Option<Secret>, BadBody> {
    match body.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(Secret::new(text))),
        Some(_) => Err(BadBody::WrongType {
            property: name.to_owned(),
            expected: "a string",
        }),
    }
}

#[cfg(test)]
mod tests;
