//! Repositories of firmware, software, configurations and device profiles: ordinary objects in the shapes that consoles and
//! command lines give them, found by the queries that these ask, and deleted with what belongs to them. And the software
//! that is installed on a device.

use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const OBJECTS: &str = "/inventory/managedObjects";

fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}

fn object(house: &House, who: &Who, body: Value) -> String {
    id(&house.post(who, OBJECTS, body).expect(201).json())
}

/// A new object that is an addition of another one.
fn addition(house: &House, who: &Who, parent: &str, body: &Value) -> String {
    let request = house
        .request(who, "POST", &format!("{OBJECTS}/{parent}/childAdditions"))
        .header("accept", "application/vnd.com.nsn.cumulocity.managedobject+json")
        .header(
            "content-type",
            "application/vnd.com.nsn.cumulocity.managedobject+json",
        );
    id(&house.send_text(request, body.to_string()).expect(201).json())
}

/// A file, uploaded in a form, and its link.
fn upload(house: &House, who: &Who, name: &str) -> (String, String) {
    let form = format!(
        "--XX\r\ncontent-disposition: form-data; name=\"object\"\r\n\r\n{{\"name\":\"{name}\",\"type\":\"application/octet-stream\"}}\r\n\
         --XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nthe content\r\n--XX--\r\n"
    );
    let request = house
        .request(who, "POST", "/inventory/binaries")
        .header("accept", "application/json")
        .header("content-type", "multipart/form-data; boundary=XX");
    let made = house.send_text(request, form).expect(201).json();
    (id(&made), made["self"].as_str().expect("a link").to_owned())
}

fn link(house: &House, who: &Who, parent: &str, child: &str) {
    let body = json!({"managedObject": {"id": child}});
    let path = format!("{OBJECTS}/{parent}/childAdditions");
    house.post(who, &path, body).expect(201);
}

fn found(house: &House, who: &Who, path: &str, key: &str, query: &str) -> Vec<String> {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let list = house
        .get(who, &format!("{path}?pageSize=100&query={query}"))
        .expect(200)
        .json();
    let list = list[key].as_array().expect("a list").clone();
    let one = |entry: &Value| id(entry.get("managedObject").unwrap_or(entry));
    list.iter().map(one).collect()
}

/// A version of a package, with its file: the object, and the file.
fn version(house: &House, who: &Who, package: &str, mut body: Value, of: &str) -> (String, String) {
    let (file, url) = upload(house, who, "image.bin");
    body[of]["url"] = json!(url);
    body["c8y_Global"] = json!({});
    let version = addition(house, who, package, &body);
    link(house, who, &version, &file);
    (version, file)
}

fn is_gone(house: &House, who: &Who, ids: &[&String]) {
    for id in ids {
        house.get(who, &format!("{OBJECTS}/{id}")).expect(404);
    }
}

// R093
#[test]
fn firmware_has_versions_and_patches_with_their_files_and_goes_with_them() {
    let house = House::new();
    let admin = house.admin("t100");
    let body = json!({
        "type": "c8y_Firmware", "name": "fw", "description": "d", "c8y_Filter": {"type": "thin-edge.io"}, "c8y_Global": {},
    });
    let firmware = object(&house, &admin, body);
    let other = object(
        &house,
        &admin,
        json!({"type": "c8y_Firmware", "name": "other", "c8y_Global": {}}),
    );
    let full = json!({"type": "c8y_FirmwareBinary", "c8y_Firmware": {"version": "1.0.0"}});
    let (one, file) = version(&house, &admin, &firmware, full, "c8y_Firmware");
    let patch = json!({
        "type": "c8y_FirmwareBinary", "c8y_Firmware": {"version": "1.0.1"}, "c8y_Patch": {"dependency": "1.0.0"},
    });
    let (two, patch_file) = version(&house, &admin, &firmware, patch, "c8y_Firmware");

    let all = |query: &str| found(&house, &admin, OBJECTS, "managedObjects", query);
    assert_eq!(
        all("$filter=(type eq 'c8y_Firmware') $orderby=name"),
        [firmware.clone(), other.clone()]
    );
    assert_eq!(
        all("$filter=(type eq 'c8y_Firmware' and name eq 'fw')"),
        [firmware.as_str()]
    );
    let for_type = "$filter=(type eq 'c8y_Firmware' and (c8y_Filter.type eq 'thin-edge.io' or not(has(c8y_Filter.type))))";
    assert_eq!(all(for_type), [firmware.clone(), other.clone()]);
    let for_other =
        "$filter=(type eq 'c8y_Firmware' and (c8y_Filter.type eq 'x' or not(has(c8y_Filter.type))))";
    assert_eq!(all(for_other), [other]);
    let additions = format!("{OBJECTS}/{firmware}/childAdditions");
    let of_it = |query: &str| found(&house, &admin, &additions, "references", query);
    assert_eq!(of_it("$filter=(not(has(c8y_Patch)))"), [one.as_str()]);
    assert_eq!(of_it("$filter=(c8y_Firmware.version eq '1.0.1')"), [two.as_str()]);
    assert_eq!(of_it("$filter=(c8y_Patch.dependency eq '1.0.0')"), [two.as_str()]);

    // Whoever may read objects gets the file by the link that an operation tells.
    let device = house.device("t100", "device_a1");
    let url =
        house.get(&device, &format!("{OBJECTS}/{one}")).expect(200).json()["c8y_Firmware"]["url"].clone();
    assert!(
        url.as_str()
            .expect("a link")
            .ends_with(&format!("/inventory/binaries/{file}"))
    );

    // A version goes with its file, and the package with all versions.
    house
        .delete(&admin, &format!("{OBJECTS}/{one}?cascade=true&forceCascade=true"))
        .expect(204);
    is_gone(&house, &admin, &[&one, &file]);
    house
        .get(&admin, &format!("/inventory/binaries/{file}"))
        .expect(404);
    house
        .get(&admin, &format!("/inventory/binaries/{patch_file}"))
        .expect(200);
    house
        .delete(
            &admin,
            &format!("{OBJECTS}/{firmware}?cascade=true&forceCascade=true"),
        )
        .expect(204);
    is_gone(&house, &admin, &[&firmware, &two, &patch_file]);
    house
        .get(&admin, &format!("/inventory/binaries/{patch_file}"))
        .expect(404);
}

// R093
#[test]
fn software_is_kept_by_type_with_versions() {
    let house = House::new();
    let admin = house.admin("t100");
    let software = object(
        &house,
        &admin,
        json!({"type": "c8y_Software", "name": "vim", "softwareType": "apt", "c8y_Global": {}}),
    );
    let first = json!({"type": "c8y_SoftwareBinary", "c8y_Software": {"version": "9.0"}});
    let (one, file) = version(&house, &admin, &software, first, "c8y_Software");
    // One that lies elsewhere has no file here.
    let external = json!({
        "type": "c8y_SoftwareBinary", "c8y_Software": {"version": "9.1", "url": "https://example.org/vim"},
    });
    let two = addition(&house, &admin, &software, &external);
    let all = |query: &str| found(&house, &admin, OBJECTS, "managedObjects", query);
    assert_eq!(
        all("$filter=(type eq 'c8y_Software' and softwareType eq 'apt')"),
        [software.as_str()]
    );
    assert_eq!(
        all("$filter=(type eq 'c8y_Software' and softwareType eq 'rpm')"),
        Vec::<String>::new()
    );
    assert_eq!(
        all("$filter=(type eq 'c8y_SoftwareBinary' and c8y_Software.version eq '9.*')"),
        [one.clone(), two.clone()]
    );
    house
        .delete(
            &admin,
            &format!("{OBJECTS}/{software}?cascade=true&forceCascade=true"),
        )
        .expect(204);
    is_gone(&house, &admin, &[&software, &one, &two, &file]);
}

#[test]
fn configurations_and_profiles_are_found_by_what_they_are_for() {
    let house = House::new();
    let admin = house.admin("t100");
    let (file, url) = upload(&house, &admin, "my.conf");
    let configuration = object(
        &house,
        &admin,
        json!({
            "type": "c8y_ConfigurationDump", "name": "c", "configurationType": "my.conf", "deviceType": "thin-edge.io",
            "description": "d", "url": url, "c8y_Global": {},
        }),
    );
    link(&house, &admin, &configuration, &file);
    let profile = object(
        &house,
        &admin,
        json!({
            "type": "c8y_Profile", "name": "p", "c8y_Filter": {"type": "thin-edge.io"},
            "c8y_DeviceProfile": {
                "firmware": {"name": "fw", "version": "1", "url": url},
                "software": [{"name": "vim", "version": "9", "url": "", "action": "install", "softwareType": "apt"}],
                "configuration": [{"name": "c", "type": "my.conf", "url": url}],
            },
        }),
    );
    let all = |query: &str| found(&house, &admin, OBJECTS, "managedObjects", query);
    let query = "$filter=(type eq 'c8y_ConfigurationDump' and configurationType eq 'my.conf')";
    assert_eq!(all(query), [configuration.as_str()]);
    let query = "$filter=(type eq 'c8y_ConfigurationDump' and deviceType eq 'thin-edge.io')";
    assert_eq!(all(query), [configuration.as_str()]);
    let query = "$filter=(type eq 'c8y_Profile' and c8y_Filter.type eq 'thin-edge.io')";
    assert_eq!(all(query), [profile.as_str()]);
    house
        .delete(
            &admin,
            &format!("{OBJECTS}/{configuration}?cascade=true&forceCascade=true"),
        )
        .expect(204);
    is_gone(&house, &admin, &[&configuration, &file]);
    house.get(&admin, &format!("{OBJECTS}/{profile}")).expect(200);
}

/// The software of a device, by name and version.
fn installed(house: &House, who: &Who, query: &str) -> Vec<(String, String)> {
    let path = format!("/service/advanced-software-mgmt/software?{query}");
    let list = house.get(who, &path).expect(200).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = list["softwareList"].as_array().expect("a list").clone();
    list.iter()
        .map(|item| (text(&item["name"]), text(&item["version"])))
        .collect()
}

// R093
#[test]
fn what_is_installed_on_a_device_is_replaced_added_to_and_taken_from() {
    let house = House::new();
    let admin = house.admin("t100");
    let owner = house.device("t100", "device_a1");
    let device = object(&house, &owner, json!({"name": "d", "c8y_IsDevice": {}}));
    let path = format!("/service/advanced-software-mgmt/software?deviceId={device}");
    let send = |who: &Who, method: &str, body: Value| -> Reply { house.call(who, method, &path, body) };
    let all = || installed(&house, &admin, &format!("deviceId={device}&pageSize=100"));
    let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    assert_eq!(all(), []);
    let first = json!([
        {"name": "vim", "version": "9", "softwareType": "apt", "url": "https://example.org/vim"},
        {"name": "git", "version": "2", "softwareType": "apt"},
    ]);
    send(&owner, "POST", first).expect(201);
    assert_eq!(all(), [pair("vim", "9"), pair("git", "2")]);
    let more =
        json!([{"name": "git", "version": "3", "softwareType": "apt"}, {"name": "jq", "version": "1"}]);
    send(&owner, "PUT", more).expect(200);
    assert_eq!(all(), [pair("vim", "9"), pair("git", "3"), pair("jq", "1")]);
    let by = |query: &str| installed(&house, &admin, &format!("deviceId={device}&{query}"));
    assert_eq!(by("type=apt"), [pair("vim", "9"), pair("git", "3")]);
    assert_eq!(by("name=jq"), [pair("jq", "1")]);
    assert_eq!(by("version=9&name=git"), []);
    assert_eq!(by("pageSize=1&currentPage=2"), [pair("git", "3")]);
    send(
        &owner,
        "DELETE",
        json!([{"name": "vim", "version": "9"}, {"name": "git", "version": "2"}]),
    )
    .expect(204);
    assert_eq!(all(), [pair("git", "3"), pair("jq", "1")]);
    // It lies beside the device, and not in it.
    let shown = house
        .get(&admin, &format!("{OBJECTS}/{device}"))
        .expect(200)
        .json();
    assert!(shown.get("c8y_InstalledSoftwareList").is_none());
    let additions = house
        .get(&admin, &format!("{OBJECTS}/{device}/childAdditions"))
        .expect(200)
        .json();
    assert_eq!(additions["references"].as_array().map(Vec::len), Some(1));
    for bad in [
        json!({}),
        json!([{"name": "x"}]),
        json!([1]),
        json!([{"name": 1, "version": "1"}]),
    ] {
        send(&owner, "POST", bad).expect(422);
    }
    // Whoever may not change the device changes nothing, and another device's is not there.
    let reader = house.person("t100", "reader", &[model::roles::Role::InventoryRead]);
    send(&reader, "POST", json!([])).expect(403);
    send(&house.device("t100", "device_a2"), "GET", Value::Null).expect(404);
    send(
        &house.admin("t200"),
        "PUT",
        json!([{"name": "x", "version": "1"}]),
    )
    .expect(404);
    assert_eq!(all(), [pair("git", "3"), pair("jq", "1")]);
}
