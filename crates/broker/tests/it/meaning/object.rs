//! Rows 100 to 150, but for lists of software.

use super::{Client, plain};
use model::limits::MQTT_ANSWER_BYTES_MAX;
use serde_json::{Value, json};
use testkit::house::House;

#[test]
fn a_device_is_created_once() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100, My device, c8y_MyType").silent();
    let object = device.object("dev1");
    assert_eq!(
        plain(object.clone()),
        json!({"name": "My device", "type": "c8y_MyType", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}})
    );
    assert_eq!(object["owner"], "device_dev1");
    let again = device.say("s/us", "100,Other");
    assert_eq!(again.taken, Ok(()));
    assert_eq!(again.one("s/e"), "41,100,Device already existing");
    assert_eq!(device.object("dev1")["name"], "My device");

    let other = Client::device(&house, "t100", "dev2");
    other.say("s/us", "100").silent();
    assert_eq!(
        plain(other.object("dev2")),
        json!({"name": "MQTT Device dev2", "type": "c8y_MQTTDevice", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}})
    );
}

#[test]
fn children_and_services_hang_where_they_were_announced() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device
        .say("s/us", "101,dev1:device:c1,Child 1,c8y_Child,false")
        .silent();
    device.say("s/us", "101,\"test;device\"").silent();
    device.say("s/us/dev1:device:c1", "101,dev1:device:c2").silent();
    device
        .say("s/us/dev1:device:c1", "102,dev1:device:c1:service:s,systemd,s,up")
        .silent();
    assert_eq!(
        plain(device.object("dev1:device:c1")),
        json!({"name": "Child 1", "type": "c8y_Child"})
    );
    assert_eq!(
        plain(device.object("test;device")),
        json!({"name": "MQTT Device test;device", "type": "c8y_MQTTChildDevice", "c8y_IsDevice": {}})
    );
    assert_eq!(
        plain(device.object("dev1:device:c1:service:s")),
        json!({"name": "s", "type": "c8y_Service", "serviceType": "systemd", "status": "up"})
    );
    let parent = |serial: &str, edge: &str| {
        device.object(serial)[edge]["references"][0]["managedObject"]["id"].clone()
    };
    assert_eq!(parent("dev1:device:c1", "deviceParents"), device.id("dev1"));
    assert_eq!(
        parent("dev1:device:c2", "deviceParents"),
        device.id("dev1:device:c1")
    );
    assert_eq!(
        parent("dev1:device:c1:service:s", "additionParents"),
        device.id("dev1:device:c1")
    );
    // Said again, it is there; a service tells its status, and keeps its name.
    assert_eq!(device.say("s/us", "101,dev1:device:c1,X").errors(), ["41,101"]);
    device
        .say(
            "s/us/dev1:device:c1",
            "102,dev1:device:c1:service:s,systemd,other,down",
        )
        .silent();
    device
        .say("s/us/dev1:device:c1:service:s", "104,unknown")
        .silent();
    let service = device.object("dev1:device:c1:service:s");
    assert_eq!(
        (&service["name"], &service["status"]),
        (&json!("s"), &json!("unknown"))
    );
    assert_eq!(device.say("s/us/nobody", "104,up").errors(), ["41,104"]);
    assert!(device.find("nobody").is_none());
    // They are asked for.
    assert_eq!(
        device.say("s/us", "105").one("s/ds"),
        "106,dev1:device:c1,test;device"
    );
    assert_eq!(
        device.say("s/us", "123").one("s/ds"),
        format!("124,{}", device.id("dev1"))
    );
}

/// The fragment that a row leaves on a device.
fn fragment(row: &str, name: &str) -> Value {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", row).silent();
    device.object("dev1").get(name).cloned().unwrap_or(Value::Null)
}

#[test]
fn every_row_about_the_device_sets_its_fragment() {
    const NOW: &str = "2026-11-18T00:00:00.000Z";
    for (row, name, expected) in [
        (
            "110,1234,model,rev",
            "c8y_Hardware",
            json!({"serialNumber": "1234", "model": "model", "revision": "rev"}),
        ),
        (
            "111,1,2,3,4,5,6,7",
            "c8y_Mobile",
            json!({"imei": "1", "iccid": "2", "imsi": "3", "mcc": "4", "mnc": "5", "lac": "6", "cellId": "7"}),
        ),
        (
            "112,50.323,6.42,30.5,4",
            "c8y_Position",
            json!({"lat": 50.323, "lng": 6.42, "alt": 30.5, "accuracy": 4}),
        ),
        (
            "113,\"val1=1\nval2=2\"",
            "c8y_Configuration",
            json!({"config": "val1=1\nval2=2"}),
        ),
        (
            "114,c8y_Restart,c8y_Configuration",
            "c8y_SupportedOperations",
            json!(["c8y_Restart", "c8y_Configuration"]),
        ),
        ("114", "c8y_SupportedOperations", json!([])),
        (
            "115,fw,1.0,http://a.b",
            "c8y_Firmware",
            json!({"name": "fw", "version": "1.0", "url": "http://a.b"}),
        ),
        (
            "116,a,1,u,b,2,",
            "c8y_SoftwareList",
            json!([{"name": "a", "version": "1", "url": "u"}, {"name": "b", "version": "2", "url": ""}]),
        ),
        (
            "117,60",
            "c8y_RequiredAvailability",
            json!({"responseInterval": 60}),
        ),
        (
            "118,dmesg,logread",
            "c8y_SupportedLogs",
            json!(["dmesg", "logread"]),
        ),
        ("119,", "c8y_SupportedConfigurations", json!([])),
        (
            "120,myType,http://a.b,file",
            "c8y_Configuration_myType",
            json!({"type": "myType", "url": "http://a.b", "name": "file", "time": NOW}),
        ),
        (
            "120,t,u,",
            "c8y_Configuration_t",
            json!({"type": "t", "url": "u", "name": "t", "time": NOW}),
        ),
        (
            "122,thin,1.0,,me",
            "c8y_Agent",
            json!({"name": "thin", "version": "1.0", "maintainer": "me"}),
        ),
        (
            "143,yum,,docker",
            "c8y_SupportedSoftwareTypes",
            json!(["yum", "docker"]),
        ),
        (
            "150,ssh,Vnc",
            "c8y_RemoteAccessSupportedProtocols",
            json!(["SSH", "VNC"]),
        ),
    ] {
        assert_eq!(fragment(row, name), expected, "{row}");
    }
}

#[test]
fn fragments_are_removed_and_lists_without_entries_go() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "110,1\n111,2\n143,a\n150,SSH").silent();
    device
        .say("s/us", "107,c8y_Hardware,c8y_Mobile\n143\n150")
        .silent();
    assert_eq!(
        plain(device.object("dev1")),
        json!({"name": "MQTT Device dev1", "type": "c8y_MQTTDevice", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}})
    );
}

#[test]
fn what_a_person_requires_of_a_device_stays() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "117,60\n117,5\n117").silent();
    let required = || device.object("dev1")["c8y_RequiredAvailability"]["responseInterval"].clone();
    assert_eq!(required(), 60);
    let path = format!("/inventory/managedObjects/{}", device.id("dev1"));
    house
        .put(
            &house.admin("t100"),
            &path,
            json!({"c8y_RequiredAvailability": {"responseInterval": -1}}),
        )
        .expect(200);
    device.say("s/us", "117,60").silent();
    assert_eq!(required(), -1);
    assert_eq!(device.say("s/us", "117,often").errors(), ["45,117"]);
}

#[test]
fn a_heartbeat_says_that_the_device_is_there_and_changes_nothing() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "117,10").silent();
    let before = device.object("dev1");
    house.world.advance_millis(11 * 60_000);
    assert_eq!(device.object("dev1")["c8y_Availability"]["status"], "UNAVAILABLE");
    device.say("s/us", "125").silent();
    let after = device.object("dev1");
    assert_eq!(after["c8y_Availability"]["status"], "AVAILABLE");
    assert_eq!(before["lastUpdated"], after["lastUpdated"]);
    house.world.advance_millis(11 * 60_000);
    device.say("inventory/managedObjects/update/dev1", "{}").silent();
    assert_eq!(device.object("dev1")["c8y_Availability"]["status"], "AVAILABLE");
}

#[test]
fn a_profile_is_that_of_the_operation_that_the_device_is_at() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    assert_eq!(device.say("s/us", "121,false").errors(), ["41,121"]);
    for name in ["first", "second"] {
        let operation = json!({"deviceId": device.id("dev1"), "profileName": name, "profileId": format!("9{}", name.len()),
            "c8y_DeviceProfile": {"software": []}});
        house
            .post(&admin, "/devicecontrol/operations", operation)
            .expect(201);
        device.say("s/us", "501,c8y_DeviceProfile").silent();
    }
    device.say("s/us", "121,false").silent();
    let profile = || device.object("dev1")["c8y_Profile"].clone();
    assert_eq!(
        profile(),
        json!({"profileName": "first", "profileId": "95", "profileExecuted": false})
    );
    device.say("s/us", "121,true,96").silent();
    assert_eq!(
        profile(),
        json!({"profileName": "second", "profileId": "96", "profileExecuted": true})
    );
    device.say("s/us", "121,true,4711").silent();
    assert_eq!(profile(), json!({"profileId": "4711", "profileExecuted": true}));
    assert_eq!(
        device.say("s/us", "121\n121,perhaps").errors(),
        ["45,121", "45,121"]
    );
}

#[test]
fn the_platform_tells_its_version_and_templates() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    assert!(device.say("s/us", "600").one("s/ds").starts_with("601,"));
    assert!(
        device
            .say("s/us", "602")
            .one("s/ds")
            .starts_with("603,100,101,102,104,")
    );
    assert!(device.find("dev1").is_none(), "asking creates nothing");
    assert_eq!(device.say("s/us", "123\n105").errors(), ["41,123", "41,105"]);
}

#[test]
fn children_are_told_as_far_as_they_fit_into_an_answer_and_a_message_has_one_budget() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let serial = |number: usize| format!("{number:03}{}", "x".repeat(240));
    for from in (0..300).step_by(60) {
        let rows: Vec<_> = (from..from + 60)
            .map(|number| format!("101,{}", serial(number)))
            .collect();
        device.say("s/us", rows.join("\n")).silent();
    }
    let one = device.say("s/us", "105").one("s/ds");
    let fields: Vec<_> = one.split(',').collect();
    assert_eq!(fields[..2], ["106", serial(0).as_str()]);
    assert!(
        one.len() <= MQTT_ANSWER_BYTES_MAX && fields.len() > 200,
        "{}",
        fields.len()
    );
    // The second list does not fit any more; the third is not looked for.
    let told = device.say("s/us", "105\n105\n105\n110,7");
    assert_eq!(told.errors(), ["50,", "50,105"]);
    assert_eq!(told.answers.len(), 2);
    assert_eq!(device.object("dev1")["c8y_Hardware"]["serialNumber"], "7");
}
