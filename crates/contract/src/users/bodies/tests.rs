//! Bodies of users, groups and references: what is taken, what is refused, and in which words.

use super::*;

fn json(text: &str) -> Json {
    crate::json::parse(text.as_bytes()).expect(text)
}

fn bad<T>(result: Result<T, BadBody>) -> String {
    result.err().map(|bad| bad.to_string()).unwrap_or_default()
}

const JANE: &str = r#"{
    "userName": "jane", "email": "jane@example.org", "password": "correct horse", "firstName": "Jane", "phone": "",
    "roles": {"references": [{"role": {"id": "ROLE_ALARM_READ"}}, {"role": {"self": "https://x/user/roles/ROLE_EVENT_READ"}}]},
    "groups": {"references": [{"group": {"id": 12}}, {"group": {"self": "https://x/user/t1/groups/13"}}]},
    "id": "other", "owner": "root", "first_admin": true, "kind": "service"
}"#;

#[test]
fn a_new_user_is_read_with_its_roles_and_groups() {
    let user = new_user(json(JANE)).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(user.name.as_str(), "jane");
    assert_eq!(user.password.as_ref().map(Secret::expose), Some("correct horse"));
    assert_eq!(user.profile.first_name, Some(Some("Jane".to_owned())));
    assert_eq!(user.profile.phone, Some(None));
    assert!(user.enabled);
    assert_eq!(user.roles, BTreeSet::from([Role::AlarmRead, Role::EventRead]));
    assert_eq!(
        user.groups.iter().map(|group| group.number()).collect::<Vec<_>>(),
        [12, 13]
    );
}

#[test]
fn what_a_new_user_needs_is_named() {
    for (body, expected) in [
        ("[]", "The body must be a JSON object."),
        (
            "{}",
            "Following mandatory fields should be included: userName,email,password",
        ),
        (
            r#"{"userName": "", "email": null, "sendPasswordResetEmail": true}"#,
            "Following mandatory fields should be included: userName,email",
        ),
        (
            r#"{"userName": "a/b", "email": "a@b", "password": "x"}"#,
            "The property 'userName' is not valid: not a user name.",
        ),
        (
            r#"{"userName": "a", "email": "nowhere", "password": "x"}"#,
            "The property 'email' is not valid: not an e-mail address.",
        ),
        (
            r#"{"userName": "a", "email": "a@b", "password": "x", "phone": "call me"}"#,
            "The property 'phone' is not valid: not a phone number.",
        ),
        (
            r#"{"userName": "a", "email": "a@b", "password": ["hunter2 in a list"]}"#,
            "The property 'password' must be a string.",
        ),
        (
            r#"{"userName": "a", "email": "a@b", "password": "x", "roles": {"references": [{"role": {"id": "ROOT"}}]}}"#,
            "The property 'role' is not valid: there is no such role.",
        ),
        (
            r#"{"userName": "a", "email": "a@b", "password": "x", "groups": {"references": [{}]}}"#,
            "Following mandatory fields should be included: group",
        ),
    ] {
        assert_eq!(bad(new_user(json(body))), expected, "{body}");
    }
}

#[test]
fn a_user_keeps_its_name_and_what_was_not_sent() {
    let name: UserName = "jane".parse().expect("a name");
    let change = user_change(
        json(r#"{"userName": "jane", "enabled": false, "email": null}"#),
        &name,
    );
    let change = change.unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(change.enabled, Some(false));
    assert_eq!(
        change.profile,
        Profile {
            email: Some(None),
            ..Profile::default()
        }
    );
    assert!(change.password.is_none() && change.custom_properties.is_none());
    let renamed = user_change(json(r#"{"userName": "root"}"#), &name);
    assert_eq!(bad(renamed), "The property 'userName' cannot be set here.");
}

#[test]
fn of_oneself_only_the_profile_can_be_named() {
    // R012
    let body = r#"{
        "userName": "root", "id": "root", "enabled": false, "owner": "x", "displayName": "J",
        "roles": {"references": [{"role": {"id": "ROLE_TENANT_MANAGEMENT_ADMIN"}}]},
        "groups": {"references": [{"group": {"id": 1}}]}, "effectiveRoles": [],
        "customProperties": {"language": "de", "userOrigin": "OAUTH2"}
    }"#;
    let expected = OwnChange {
        profile: Profile {
            display_name: Some(Some("J".to_owned())),
            ..Profile::default()
        },
        language: Some(Some("de".to_owned())),
    };
    assert_eq!(own_change(json(body)), Ok(expected));
    assert_eq!(
        bad(own_change(json(r#"{"password": "x"}"#))),
        "The property 'password' cannot be set here."
    );
}

#[test]
fn a_password_change_needs_both_passwords() {
    for body in [
        r#"{"currentUserPassword": "old", "newPassword": "new"}"#,
        r#"{"currentPassword": "old", "newPassword": "new"}"#,
    ] {
        let change = password_change(json(body)).unwrap_or_else(|bad| panic!("{bad}"));
        assert_eq!((change.current.expose(), change.new.expose()), ("old", "new"));
    }
    let missing = "Following mandatory fields should be included: currentUserPassword";
    assert_eq!(bad(password_change(json(r#"{"newPassword": "new"}"#))), missing);
    assert_eq!(bad(password_change(json("{}"))), format!("{missing},newPassword"));
}

#[test]
fn roles_and_users_are_referred_to_by_link_or_id() {
    for body in [
        r#"{"role": {"self": "https://elsewhere/user/roles/ROLE_ALARM_READ"}}"#,
        r#"{"role": {"self": "/user/roles/ROLE_ALARM_READ/"}}"#,
        r#"{"role": {"id": "ROLE_ALARM_READ"}}"#,
        r#"{"role": {"name": "ROLE_ALARM_READ"}}"#,
    ] {
        assert_eq!(
            role_reference(json(body)),
            Ok(AnyRole::Platform(Role::AlarmRead)),
            "{body}"
        );
    }
    for body in [
        r#"{"user": {"self": "https://x/user/t1/users/j%C3%BCrgen%40example.org?x=1"}}"#,
        r#"{"user": {"id": "jürgen@example.org"}}"#,
        r#"{"user": {"userName": "jürgen@example.org"}}"#,
    ] {
        let user = user_reference(json(body)).expect(body);
        assert_eq!(user.as_str(), "jürgen@example.org", "{body}");
    }
    for body in [
        r#"{"user": {}}"#,
        r#"{"user": {"self": ""}}"#,
        r#"{"user": {"self": "/a%2Fb"}}"#,
        r#"{"user": 1}"#,
    ] {
        assert!(user_reference(json(body)).is_err(), "{body}");
    }
    assert_eq!(
        bad(role_reference(json("{}"))),
        "Following mandatory fields should be included: role"
    );
}

#[test]
fn a_group_needs_a_name_and_can_lose_its_description() {
    assert_eq!(
        bad(new_group(json("{}"))),
        "Following mandatory fields should be included: name"
    );
    let group = new_group(json(r#"{"name": "Pumps", "customProperties": {"a": 1.50}}"#)).expect("a group");
    assert_eq!((group.name.as_str(), group.description), ("Pumps", None));
    assert_eq!(group.custom_properties.to_string(), r#"{"a":1.50}"#);
    let change =
        group_change(json(r#"{"description": null, "roles": {"references": [{}]}}"#)).expect("a change");
    assert_eq!(
        change,
        GroupChange {
            description: Some(None),
            ..GroupChange::default()
        }
    );
}
