//! What goes over two tenants and is cut short between their commits.

use super::microservices::{bootstrap, service, subscribe, users};
use super::{ALL, create};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body_util::Full;
use serde_json::{Value, json};
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::task::Poll;
use testkit::house::{House, Who};

/// Sends a request and goes away after so many looks at whether it is answered; says whether it was.
fn leave_after(
    house: &House,
    who: &Who,
    (method, path): (&str, &str),
    body: &Value,
    mut looks: usize,
) -> bool {
    let request = house
        .request(who, method, path)
        .header(CONTENT_TYPE, "application/json");
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = request.body(Full::new(Bytes::from(text))).expect("a request");
    house.wait(async {
        let mut answer = pin!(house.api.handle(request, IpAddr::V4(Ipv4Addr::LOCALHOST)));
        poll_fn(|context| {
            if looks == 0 {
                return Poll::Ready(false);
            }
            looks -= 1;
            answer.as_mut().poll(context).map(|_| true)
        })
        .await
    })
}

// No transaction goes over two tenants: whatever comes between their commits, the owner knows of every subscription.
#[test]
fn an_unsubscription_that_is_cut_short_leaves_no_user_that_nobody_knows_of() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    for looks in 0..100 {
        let id = create(&house, &operator, service(&["ROLE_AUDIT_READ"]));
        subscribe(&house, &operator, "t100", &id, 201);
        subscribe(&house, &admin, "t100", &id, 201);
        let at = format!("/tenant/tenants/t100/applications/{id}");
        let is_over = leave_after(&house, &operator, ("DELETE", &at), &Value::Null, looks);
        let application = format!("{ALL}/{id}");
        let deleted = house.delete(&operator, &application);
        if deleted.status == 409 {
            house.delete(&operator, &at);
            house.delete(&operator, &application).expect(204);
        }
        house.get(&admin, "/user/t100/users/service_svc").expect(404);
        if is_over {
            return;
        }
    }
    panic!("it never ended");
}

// R010: a change that is cut short is completed by saying it once more.
#[test]
fn roles_that_are_not_asked_for_any_more_are_taken_by_a_second_try_too() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let id = create(&house, &operator, service(&["ROLE_AUDIT_READ"]));
    subscribe(&house, &operator, "t100", &id, 201);
    subscribe(&house, &admin, "t100", &id, 201);
    // With more roles there are other keys.
    let acts = || {
        let mut users = users(&house, &bootstrap(&house, &operator, &id));
        users.pop().expect("a user")
    };
    let application = format!("{ALL}/{id}");
    let fewer = json!({"requiredRoles": []});
    for looks in 0..100 {
        let more = json!({"requiredRoles": ["ROLE_AUDIT_READ"]});
        house.put(&operator, &application, more).expect(200);
        // Where nothing waits for it, it has the role still.
        house.post(
            &admin,
            "/tenant/tenants/t100/applications",
            json!({"application": {"id": id}}),
        );
        let acts = acts();
        house.get(&acts, "/audit/auditRecords").expect(200);
        let is_over = leave_after(&house, &operator, ("PUT", &application), &fewer, looks);
        house.put(&operator, &application, fewer.clone()).expect(200);
        house.get(&acts, "/audit/auditRecords").expect(403);
        if is_over {
            return;
        }
    }
    panic!("it never ended");
}
