//! Who may ask a device to do something, see it, and say what became of it.

use super::{OPERATIONS, agent, ask, child, id, listed, put, restart};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// A body whose text is sent as it is.
fn post_text(house: &House, who: &Who, text: String) -> u16 {
    let request = house
        .request(who, "POST", OPERATIONS)
        .header("accept", "application/json")
        .header("content-type", "application/json");
    house.send_text(request, text).status.as_u16()
}

// R032: a user who may restart devices may restart them, and do nothing else in whatever form it is written.
#[test]
fn a_user_who_may_only_restart_may_only_restart() {
    let house = House::new();
    let device = agent(&house, &house.admin("t100"), json!({}));
    let who = house.person("t100", "restarter", &[]);
    house.grant(&who, &[&format!("{device}, OPERATION, c8y_Restart, *")]);

    let reply = house.post(&who, OPERATIONS, restart(&device)).expect(201);
    assert_eq!(reply.json()["status"], json!("PENDING"));
    for refused in [
        json!({"deviceId": device, "c8y_Restart": {}, "c8y_Command": {"text": "rm"}}),
        json!({"deviceId": device, "c8y_Command": {"text": "rm"}}),
        json!({"deviceId": device}),
        json!({"deviceId": device, "c8yRestart": {}}),
        json!({"deviceId": device, "C8Y_RESTART": {}}),
        json!({"deviceId": device, "c8y_Restart ": {}}),
    ] {
        let status = house.post(&who, OPERATIONS, refused.clone()).status.as_u16();
        assert!([403, 422].contains(&status), "{refused}: {status}");
    }
    let body = |members: &str| format!(r#"{{"deviceId":"{device}",{members}}}"#);
    for (members, expected) in [
        // The same key twice is no JSON that is taken in.
        (r#""c8y_Restart":{},"c8y_Restart":{}"#, 400),
        (r#""c8y_Restart":{},"c8y_Command":{},"c8y_Command":null"#, 400),
        // A name is what it says, however it is written.
        (r#""c8y_Restart":{},"c8y_\u0043ommand":{}"#, 403),
        (r#""\u0063\u0038y_Restart":{}"#, 201),
        (r#""c8y_Restart":{},"\u0063\u0038y_Restart":{}"#, 400),
        // Nothing that is null is asked.
        (r#""c8y_Restart":{},"c8y_Command":null"#, 201),
    ] {
        assert_eq!(post_text(&house, &who, body(members)), expected, "{members}");
    }
    let all = listed(&house, &house.admin("t100"), "");
    assert_eq!((all.len(), listed(&house, &who, "").len()), (3, 3));
}

// R032: nor may it be made into something else afterwards.
#[test]
fn whoever_may_change_some_fragments_adds_no_others() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    let who = house.person("t100", "restarter", &[]);
    house.grant(&who, &[&format!("{device}, OPERATION, c8y_Restart, *")]);
    let operation = ask(&house, &who, &device);
    for body in [
        json!({"status": "PENDING", "c8y_Command": {}}),
        json!({"status": "PENDING", "c8y_Restart": null}),
        json!({"status": "PENDING", "c8y_Restart": null, "c8y_Command": {}}),
    ] {
        put(&house, &who, &operation, body).expect(403);
    }
    put(
        &house,
        &who,
        &operation,
        json!({"status": "FAILED", "c8y_Restart": {"at": "once"}}),
    )
    .expect(200);
    let command = json!({"deviceId": device, "c8y_Command": {}});
    let other = id(&house.post(&admin, OPERATIONS, command).expect(201).json());
    put(&house, &who, &other, json!({"status": "FAILED"})).expect(404);
}

// The device itself and its agent say what became of an operation, by owning the device and by no right on fragments.
#[test]
fn a_device_and_its_agent_carry_out_what_others_ask() {
    let house = House::new();
    let (admin, device) = (house.admin("t100"), house.device("t100", "device_a"));
    let own = agent(&house, &device, json!({}));
    let below = child(&house, &device, &own);
    for target in [&own, &below] {
        let body = json!({"deviceId": target, "c8y_Command": {"text": "ls"}});
        let operation = id(&house.post(&admin, OPERATIONS, body).expect(201).json());
        assert_eq!(
            listed(&house, &device, &format!("agentId={own}&status=PENDING")),
            [operation.as_str()]
        );
        put(&house, &device, &operation, json!({"status": "EXECUTING"})).expect(200);
        let done = json!({"status": "SUCCESSFUL", "c8y_Command": {"text": "ls", "result": "a"}});
        put(&house, &device, &operation, done).expect(200);
    }
    let stranger = house.device("t100", "device_b");
    agent(&house, &stranger, json!({}));
    let operation = ask(&house, &admin, &own);
    house
        .get(&stranger, &format!("{OPERATIONS}/{operation}"))
        .expect(404);
    put(&house, &stranger, &operation, json!({"status": "FAILED"})).expect(404);
    assert_eq!(listed(&house, &stranger, ""), Vec::<String>::new());
    assert_eq!(
        listed(&house, &stranger, &format!("agentId={own}")),
        Vec::<String>::new()
    );
}

// R025: of another tenant nothing can be asked, seen or guessed.
#[test]
fn another_tenants_devices_and_operations_are_not_there() {
    let house = House::new();
    let (ours, theirs) = (house.admin("t100"), house.admin("t200"));
    let device = agent(&house, &theirs, json!({}));
    let operation = ask(&house, &theirs, &device);
    house.post(&ours, OPERATIONS, restart(&device)).expect(422);
    house.get(&ours, &format!("{OPERATIONS}/{operation}")).expect(404);
    put(&house, &ours, &operation, json!({"status": "FAILED"})).expect(404);
    for query in [
        format!("deviceId={device}"),
        format!("agentId={device}"),
        String::new(),
    ] {
        assert_eq!(listed(&house, &ours, &query), Vec::<String>::new());
    }
    house
        .delete(&ours, &format!("{OPERATIONS}?deviceId={device}"))
        .expect(204);
    assert_eq!(listed(&house, &theirs, ""), [operation]);
}

// R019: ADMIN does not include READ, and READ changes nothing.
#[test]
fn to_ask_and_to_see_are_two_rights() {
    let house = House::new();
    let device = agent(&house, &house.admin("t100"), json!({}));
    let writer = house.person("t100", "writer", &[Role::DeviceControlAdmin]);
    let reader = house.person("t100", "reader", &[Role::DeviceControlRead]);
    let nobody = house.person("t100", "nobody", &[]);
    let written = house
        .post(&writer, OPERATIONS, restart(&device))
        .expect(201)
        .json();
    let operation = id(&written);
    assert_eq!((written.get("status"), written.get("c8y_Restart")), (None, None));
    house
        .get(&writer, &format!("{OPERATIONS}/{operation}"))
        .expect(403);
    let hidden = put(&house, &writer, &operation, json!({"status": "EXECUTING"}))
        .expect(200)
        .json();
    assert_eq!(hidden.get("status"), None);

    let read = house
        .get(&reader, &format!("{OPERATIONS}/{operation}"))
        .expect(200)
        .json();
    // The device is another matter than what is asked of it.
    assert_eq!(
        (&read["status"], read.get("deviceName")),
        (&json!("EXECUTING"), None)
    );
    house.post(&reader, OPERATIONS, restart(&device)).expect(403);
    put(&house, &reader, &operation, json!({"status": "FAILED"})).expect(403);
    house
        .delete(&reader, &format!("{OPERATIONS}?deviceId={device}"))
        .expect(403);
    assert_eq!(listed(&house, &nobody, ""), Vec::<String>::new());
    house.get(&nobody, "/devicecontrol").expect(403);
    let root = house.get(&reader, "/devicecontrol").expect(200).json();
    assert_eq!(root["operations"]["operations"], Value::Null);
}
