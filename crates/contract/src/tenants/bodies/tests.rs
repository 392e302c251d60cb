//! Bodies of tenants: what is taken, what is refused, and in which words.

use super::*;

fn json(text: &str) -> Json {
    crate::json::parse(text.as_bytes()).expect(text)
}

fn bad<T>(result: Result<T, BadBody>) -> String {
    result.err().map(|bad| bad.to_string()).unwrap_or_default()
}

#[test]
fn a_new_tenant_is_read_and_what_it_needs_is_named() {
    let body = r#"{"company": "Acme", "domain": "acme.iot.example.org", "adminName": "jane", "allowCreateTenants": true,
        "adminPass": "correct horse", "id": "t300", "status": "SUSPENDED", "contactName": "Joe"}"#;
    let tenant = new_tenant(json(body)).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(tenant.id.as_ref().map(TenantId::as_str), Some("t300"));
    assert_eq!(
        (tenant.company.as_str(), tenant.admin_name.as_str()),
        ("Acme", "jane")
    );
    assert_eq!(
        tenant.admin_password.as_ref().map(Secret::expose),
        Some("correct horse")
    );
    assert_eq!(tenant.contact_name.as_deref(), Some("Joe"));
    let long = format!(
        r#"{{"company": "A", "domain": "a", "adminName": "{}"}}"#,
        "x".repeat(51)
    );
    for (body, expected) in [
        (
            "{}",
            "Following mandatory fields should be included: company,domain,adminName",
        ),
        (
            r#"{"company": "A", "domain": "A.b", "adminName": "jane"}"#,
            "The property 'domain' is not valid: up to 256 lower-case letters, digits, hyphens and dots.",
        ),
        (
            &long,
            "The property 'adminName' is not valid: too long, or with control characters.",
        ),
        (
            r#"{"company": "A", "domain": "a", "adminName": "a", "id": "../t"}"#,
            "The property 'id' is not valid: 1 to 32 lower-case letters, digits, - or _, beginning with a letter.",
        ),
    ] {
        assert_eq!(bad(new_tenant(json(body))), expected, "{body}");
    }
}

#[test]
fn a_tenant_keeps_its_id_and_takes_only_the_two_states() {
    let id: TenantId = "t300".parse().expect("an id");
    let change = tenant_change(
        json(r#"{"id": "t300", "status": "SUSPENDED", "contactName": ""}"#),
        &id,
    );
    let expected = TenantChange {
        status: Some(TenantStatus::Suspended),
        contact_name: Some(None),
        ..TenantChange::default()
    };
    assert_eq!(change, Ok(expected));
    for (body, expected) in [
        (r#"{"id": "t1"}"#, "The property 'id' cannot be set here."),
        (
            r#"{"adminPass": "hunter22"}"#,
            "The property 'adminPass' cannot be set here.",
        ),
        (
            r#"{"status": "DELETING"}"#,
            "The property 'status' is not valid: ACTIVE or SUSPENDED is expected.",
        ),
        (
            r#"{"company": ""}"#,
            "The property 'company' is not valid: it cannot be empty.",
        ),
    ] {
        assert_eq!(bad(tenant_change(json(body), &id)), expected, "{body}");
    }
}

#[test]
fn a_redemption_needs_all_four() {
    let whole = r#"{"tenant": "t300", "userName": "jane", "secret": "s", "password": "p"}"#;
    let setup = tenant_setup(json(whole)).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!((setup.tenant.as_str(), setup.user.as_str()), ("t300", "jane"));
    assert_eq!((setup.secret.expose(), setup.password.expose()), ("s", "p"));
    let missing = "Following mandatory fields should be included: secret,password";
    assert_eq!(
        bad(tenant_setup(json(
            r#"{"tenant": "t300", "userName": "jane", "secret": ""}"#
        ))),
        missing
    );
}
