//! Rows 140 to 142: the advanced list of software.

use super::Client;
use serde_json::{Value, json};
use testkit::house::House;

/// The lists that hang on a device.
fn lists(device: &Client<'_>) -> Vec<Value> {
    let admin = device.house.admin("t100");
    let path = format!(
        "/inventory/managedObjects/{}/childAdditions?pageSize=100",
        device.id("dev1")
    );
    let page = device.house.get(&admin, &path).expect(200).json();
    let references = page["references"].as_array().expect("references").clone();
    references
        .into_iter()
        .map(|reference| reference["managedObject"].clone())
        .filter(|object| object.get("c8y_InstalledSoftwareList").is_some())
        .collect()
}

// R093
#[test]
fn the_list_is_replaced_extended_and_shortened() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "140,a,1.0,apt,http://a,b,2.0,,").silent();
    let list = || {
        let lists = lists(&device);
        assert_eq!(lists.len(), 1, "{lists:?}");
        lists[0]["c8y_InstalledSoftwareList"].clone()
    };
    assert_eq!(
        list(),
        json!([{"name": "a", "version": "1.0", "softwareType": "apt", "url": "http://a"}, {"name": "b", "version": "2.0"}])
    );
    assert_eq!(lists(&device)[0]["owner"], "device_dev1");
    device.say("s/us", "141,c,3,apt,,b,2.1").silent();
    assert_eq!(
        list(),
        json!([{"name": "a", "version": "1.0", "softwareType": "apt", "url": "http://a"},
            {"name": "b", "version": "2.1"}, {"name": "c", "version": "3", "softwareType": "apt"}])
    );
    device.say("s/us", "142,a,1.0,b,9").silent();
    assert_eq!(
        list(),
        json!([{"name": "b", "version": "2.1"}, {"name": "c", "version": "3", "softwareType": "apt"}])
    );
    device.say("s/us", "140").silent();
    assert_eq!(list(), json!([]));
    assert_eq!(
        device.say("s/us", "141\n142,a\n140,a").errors(),
        ["45,141", "45,142", "45,140"]
    );
}

#[test]
fn lists_that_are_begun_at_once_become_one() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    std::thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let device = &device;
            scope.spawn(move || device.say("s/us", format!("141,{name},1")).silent());
        }
    });
    let lists = lists(&device);
    assert_eq!(lists.len(), 1);
    assert_eq!(
        lists[0]["c8y_InstalledSoftwareList"].as_array().map(Vec::len),
        Some(4)
    );
}
