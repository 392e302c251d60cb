//! Devices from a file, line by line.

use super::{OBJECTS, REQUESTS, accept, ask, at, bootstrap, device, status};
use crate::files::send_form;
use crate::users::assert_documented;
use model::inventory::PROJECT;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const BULK: &str = "/devicecontrol/bulkNewDeviceRequests";
const PASSWORD: &str = "AbcD1234!1234AbcD";

fn send(house: &House, who: &Who, path: &str, csv: &str) -> Reply {
    let form = [("name=\"file\"; filename=\"devices.csv\"", "text/csv", csv)];
    send_form(house, who, "POST", path, &form)
}

fn upload(house: &House, who: &Who, csv: &str) -> Value {
    let done = send(house, who, BULK, csv).expect(201).json();
    assert_documented("BulkRegistration", &done);
    done
}

fn counts(done: &Value) -> [u64; 4] {
    [
        "numberOfAll",
        "numberOfCreated",
        "numberOfFailed",
        "numberOfSuccessful",
    ]
    .map(|name| done[name].as_u64().expect("a number"))
}

fn failed(done: &Value) -> Vec<(String, String, String)> {
    let text = |line: &Value, name: &str| line[name].as_str().expect("text").to_owned();
    let lines = done["failedCreationList"].as_array().expect("lines").iter();
    lines
        .map(|line| {
            (
                text(line, "line"),
                text(line, "deviceId"),
                text(line, "failureReason"),
            )
        })
        .collect()
}

fn found(house: &House, kind: &str, id: &str) -> Value {
    let admin = house.admin("t100");
    let bound = house
        .get(&admin, &format!("/identity/externalIds/{kind}/{id}"))
        .expect(200)
        .json();
    let id = bound["managedObject"]["id"].as_str().expect("an id").to_owned();
    house
        .get(&admin, &format!("{OBJECTS}/{id}?withParents=true"))
        .expect(200)
        .json()
}

// R078
#[test]
fn a_simple_file_makes_requests_that_are_accepted_as_any_other() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    let done = upload(&house, &admin, "ID;PATH\nd1;plant/hall 1\nd2;\nd 3;\nd1;\n");
    assert_eq!(counts(&done), [4, 2, 2, 2]);
    let lines: Vec<_> = failed(&done)
        .into_iter()
        .map(|(line, id, _)| (line, id))
        .collect();
    assert_eq!(
        lines,
        [
            ("4".to_owned(), "d 3".to_owned()),
            ("5".to_owned(), "d1".to_owned())
        ]
    );
    assert_eq!(status(&house, "d1"), "WAITING_FOR_CONNECTION");
    ask(&house, &with, "d1", None).expect(404);
    accept(&house, &admin, "d1", None).expect(200);
    let own = device(&ask(&house, &with, "d1", None).expect(201).json());
    let object = house
        .post(&own, OBJECTS, json!({"c8y_IsDevice": {}}))
        .expect(201)
        .json();
    let path = format!(
        "{OBJECTS}/{}?withParents=true",
        object["id"].as_str().expect("an id")
    );
    let shown = house.get(&admin, &path).expect(200).json();
    let parents = &shown["assetParents"]["references"];
    assert_eq!(parents[0]["managedObject"]["name"], "hall 1");
    // The groups are there now, and found again.
    upload(&house, &admin, "ID\tPATH\nd4\tplant/hall 1\n");
    let groups = house
        .get(&admin, &format!("{OBJECTS}?fragmentType=c8y_IsDeviceGroup"))
        .expect(200)
        .json();
    assert_eq!(groups["managedObjects"].as_array().expect("groups").len(), 2);
}

// R078
#[test]
fn a_full_file_makes_devices_that_may_come_at_once() {
    let house = House::new();
    let admin = house.admin("t100");
    let csv = format!(
        "ID;CREDENTIALS;TYPE;NAME;ICCID;IDTYPE;PATH;SHELL;com_cumulocity_model_Agent.active;external-Msisdn\n\
         d1;{PASSWORD};meter;Meter 1;123;;plant;1;true;555\n\
         d2;{PASSWORD};;;;;;;;\n\
         d3;short;;;;;;;;\n"
    );
    let done = upload(&house, &admin, &csv);
    assert_eq!(counts(&done), [3, 2, 1, 2]);
    assert_eq!(failed(&done)[0].0, "4");
    assert!(!done.to_string().contains(PASSWORD));
    let own = Who::new("t100", "device_d1", PASSWORD);
    let object = found(&house, "c8y_Serial", "d1");
    let shown = json!([
        object["name"],
        object["type"],
        object["owner"],
        object["c8y_IsDevice"],
        object["c8y_Mobile"],
        object["c8y_SupportedOperations"],
        object["com_cumulocity_model_Agent"],
        object["assetParents"]["references"][0]["managedObject"]["name"],
    ]);
    let expected = json!([
        "Meter 1", "meter", "device_d1", {}, {"iccid": "123"}, ["c8y_Command"], {"active": "true"}, "plant",
    ]);
    assert_eq!(shown, expected);
    assert_eq!(found(&house, "Msisdn", "555")["id"], object["id"]);
    let path = format!("{OBJECTS}/{}", object["id"].as_str().expect("an id"));
    house.get(&own, &path).expect(200);
    house.put(&own, &path, json!({"a": 1})).expect(200);
    house
        .get(&Who::new("t100", "device_d2", PASSWORD), OBJECTS)
        .expect(200);
    house.get(&admin, &at("d1")).expect(404);

    // The same file again: new passwords, and what the devices say of themselves.
    let csv = format!("ID,CREDENTIALS,TYPE,NAME\nd1,another {PASSWORD},meter,Meter one\n");
    let done = upload(&house, &admin, &csv);
    assert_eq!(counts(&done), [1, 0, 0, 1]);
    let updated = json!([{"bulkNewDeviceStatus": "CREDENTIAL_UPDATED", "deviceId": "d1"}]);
    assert_eq!(done["credentialUpdatedList"], updated);
    house.get(&own, &path).expect(401);
    assert_eq!(found(&house, "c8y_Serial", "d1")["name"], "Meter one");
    // Nothing becomes a project in this way either.
    let csv =
        format!("ID,CREDENTIALS,TYPE,NAME\nd1,{PASSWORD},{PROJECT},Meter\nd9,{PASSWORD},{PROJECT},Meter\n");
    assert_eq!(counts(&upload(&house, &admin, &csv)), [2, 0, 2, 0]);
    assert_eq!(found(&house, "c8y_Serial", "d1")["type"], "meter");
}

#[test]
fn a_dry_run_says_the_same_and_does_nothing() {
    let house = House::new();
    let admin = house.admin("t100");
    house.post(&admin, REQUESTS, json!({"id": "there"})).expect(201);
    let csv = format!(
        "ID,CREDENTIALS,AUTH_TYPE,TYPE,NAME,PATH\n\
         d1,{PASSWORD},BASIC,t,n,new/group\n\
         d2,,CERTIFICATES,,,\n\
         there,{PASSWORD},,,,\n\
         d4,password,,,,\n"
    );
    let tried = send(&house, &admin, &format!("{BULK}?dryRun=true"), &csv)
        .expect(201)
        .json();
    assert_documented("BulkRegistration", &tried);
    assert_eq!((counts(&tried), &tried["dryRun"]), ([4, 2, 2, 2], &json!(true)));
    for path in [
        "/user/t100/users/device_d1",
        "/identity/externalIds/c8y_Serial/d1",
    ] {
        house.get(&admin, path).expect(404);
    }
    let groups = house
        .get(&admin, &format!("{OBJECTS}?fragmentType=c8y_IsDeviceGroup"))
        .expect(200)
        .json();
    assert_eq!(groups["managedObjects"], json!([]));
    let done = upload(&house, &admin, &csv);
    assert_eq!((counts(&done), failed(&done)), (counts(&tried), failed(&tried)));
    assert!(failed(&done)[0].2.contains("request for this device"), "{done}");
    house.get(&admin, "/user/t100/users/device_d1").expect(200);
}

// R010, R022, R046: a file gives nobody more than they may do by hand.
#[test]
fn a_file_reaches_no_further_than_whoever_sends_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let clerk = house.person("t100", "clerk", &[Role::DeviceControlAdmin]);
    upload(
        &house,
        &admin,
        &format!("ID,CREDENTIALS,TYPE,NAME\nd1,{PASSWORD},t,n\n"),
    );
    let strong = json!({"user": {"id": "device_d1"}});
    let admins = house.group("t100", "admins");
    house
        .post(&admin, &format!("/user/t100/groups/{admins}/users"), strong)
        .expect(201);
    let own = Who::new("t100", "device_d1", PASSWORD);
    house.get(&own, OBJECTS).expect(200);

    let csv = format!(
        "ID,CREDENTIALS,TYPE,NAME,PATH,IDTYPE\n\
         d1,my own password,t,n,,\n\
         d2,{PASSWORD},t,n,new group,\n\
         d3,{PASSWORD},t,n,,\n"
    );
    let done = upload(&house, &clerk, &csv);
    assert_eq!(counts(&done), [3, 1, 2, 1]);
    house.get(&own, OBJECTS).expect(200);
    house.get(&admin, "/user/t100/users/device_d2").expect(404);
    // Another device's object is not taken over under its external id.
    let csv = format!("ID,CREDENTIALS,TYPE,NAME,IDTYPE,external-c8y_Serial\nd4,{PASSWORD},t,n,x,d1\n");
    let done = upload(&house, &clerk, &csv);
    assert_eq!(counts(&done), [1, 0, 1, 0]);
    house.get(&admin, "/user/t100/users/device_d4").expect(404);
    assert_eq!(found(&house, "c8y_Serial", "d1")["owner"], "device_d1");

    let manager = house.person(
        "t100",
        "manager",
        &[Role::UserManagementAdmin, Role::InventoryAdmin],
    );
    send(&house, &manager, BULK, "ID\nd5\n").expect(403);
    house
        .get(&admin, "/identity/externalIds/c8y_Serial/d3")
        .expect(200);
}

#[test]
fn a_file_that_is_none_is_refused_whole() {
    let house = House::new();
    let admin = house.admin("t100");
    for (csv, expected) in [
        ("", 422),
        ("PATH\na\n", 422),
        ("ID,c8y_Global\nd1,x\n", 422),
        ("ID,ID\nd1,d1\n", 422),
    ] {
        send(&house, &admin, BULK, csv).expect(expected);
    }
    let many = format!(
        "ID\n{}",
        (0..2_001).map(|n| format!("d{n}\n")).collect::<String>()
    );
    send(&house, &admin, BULK, &many).expect(422);
    send(&house, &admin, BULK, &format!("ID\n{}", "x".repeat(2 << 20))).expect(413);
    house.post(&admin, BULK, json!({"file": "ID\nd1\n"})).expect(415);
    let form = [("name=\"other\"", "text/csv", "ID\nd1\n")];
    send_form(&house, &admin, "POST", BULK, &form).expect(422);
    let twice = [
        ("name=\"file\"", "text/csv", "ID\nd1\n"),
        ("name=\"file\"", "text/csv", "ID\nd2\n"),
    ];
    send_form(&house, &admin, "POST", BULK, &twice).expect(400);
    house.get(&admin, &at("d1")).expect(404);
    // A page of another site can make a browser send a form.
    let form = "--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nID\nd1\n\r\n--XX--\r\n";
    let request = house
        .request(&admin, "POST", BULK)
        .header("content-type", "multipart/form-data; boundary=XX")
        .header("origin", "https://elsewhere.example.org");
    house.send_text(request, form).expect(403);
}
