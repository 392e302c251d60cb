//! Archives: what is kept and what is not, and the versions that they are.

use super::zips::{self, Entry};
use super::{ALL, create, hosted, upload};
use serde_json::{Value, json};
use testkit::house::{House, Who};

fn scene() -> (House, Who, String) {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, hosted("pumps"));
    (house, admin, format!("{ALL}/{id}"))
}

#[test]
fn an_archive_is_kept_served_listed_and_deleted() {
    let (house, admin, at) = scene();
    let first = zips::plain(&[
        ("index.html", "<p>one"),
        ("cumulocity.json", r#"{"icon": {"class": "c8y"}}"#),
    ]);
    let shown = upload(&house, &admin, &format!("{at}/binaries"), &first, None)
        .expect(201)
        .json();
    let active = shown["activeVersionId"]
        .as_str()
        .expect("it is served")
        .to_owned();
    assert_eq!(
        (&shown["manifest"]["icon"]["class"], &shown["icon"]["class"]),
        (&json!("c8y"), &json!("c8y"))
    );
    let second = zips::plain(&[("index.html", "<p>two")]);
    let shown = upload(&house, &admin, &format!("{at}/binaries"), &second, None)
        .expect(201)
        .json();
    assert_eq!(
        shown["activeVersionId"],
        json!(active),
        "the first stays until it is told otherwise"
    );
    let list = house.get(&admin, &format!("{at}/binaries")).expect(200).json();
    let attachments = list["attachments"].as_array().expect("archives");
    assert_eq!(attachments.len(), 2);
    assert_eq!(attachments[0]["length"], json!(first.len()));
    let other = attachments[1]["id"].as_str().expect("an id");
    let changed = house
        .put(&admin, &at, json!({"activeVersionId": other}))
        .expect(200)
        .json();
    assert_eq!(changed["activeVersionId"], json!(other));
    house
        .delete(&admin, &format!("{at}/binaries/{other}"))
        .expect(204);
    house
        .delete(&admin, &format!("{at}/binaries/{other}"))
        .expect(404);
    assert_eq!(
        house.get(&admin, &at).expect(200).json().get("activeVersionId"),
        None
    );
}

// R127: nothing is written anywhere by its path, and paths that lead elsewhere are refused all the same.
#[test]
fn what_is_no_plain_archive_is_not_kept() {
    let (house, admin, at) = scene();
    let index = Entry::plain("index.html", b"<p>");
    let with = |entry: Entry| zips::of(&[index.clone(), entry]);
    let named = |name: &str| with(Entry::plain(name, b"x"));
    let good = zips::of(std::slice::from_ref(&index));
    let mut comment = good.clone();
    let end = comment.len() - 2;
    comment[end] = 1;
    comment.push(b'x');
    let link = Entry {
        mode: 0o120_777,
        ..Entry::plain("link", b"/etc/passwd")
    };
    let lies = Entry {
        checksum: 7,
        ..Entry::plain("a", b"x")
    };
    let longer = Entry {
        length: 5,
        ..Entry::plain("a", b"x")
    };
    let other_method = Entry {
        method: 12,
        ..Entry::plain("a", b"x")
    };
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend(&good);
    let many: Vec<_> = (0..5_001)
        .map(|number| Entry::plain(&format!("{number}"), b""))
        .collect();
    for (archive, told) in [
        (named("../evil"), "is not plain"),
        (named("a/../../evil"), "is not plain"),
        (named("/etc/passwd"), "is not plain"),
        (named("a\\b"), "is not plain"),
        (named("C:evil"), "is not plain"),
        (named("a//b"), "is not plain"),
        (named("a\u{1}"), "is not plain"),
        (named("index.html"), "ZIP file"),
        // A directory that would take much memory is not read.
        (named(&"n".repeat(3_000)), "no plain ZIP"),
        (with(link), "is not plain"),
        (with(lies), "damaged"),
        (with(longer), "damaged"),
        (with(other_method), "deflate"),
        (comment, "no plain ZIP"),
        (before, "no plain ZIP"),
        (b"no archive".to_vec(), "no plain ZIP"),
        (Vec::new(), "no plain ZIP"),
        (zips::of(&many), "more than 5000"),
        (zips::plain(&[("a.html", "x")]), "index.html"),
        (
            zips::plain(&[("index.html", "x"), ("cumulocity.json", "[]")]),
            "cumulocity.json",
        ),
    ] {
        let refused = upload(&house, &admin, &format!("{at}/binaries"), &archive, None).expect(422);
        assert!(refused.error().1.contains(told), "{told}: {}", refused.text);
    }
    assert_eq!(
        house.get(&admin, &format!("{at}/binaries")).expect(200).json()["attachments"],
        json!([])
    );
    upload(&house, &admin, &format!("{at}/binaries"), &good, None).expect(201);
    let external = create(
        &house,
        &admin,
        json!({"name": "l", "key": "l", "type": "EXTERNAL"}),
    );
    upload(&house, &admin, &format!("{ALL}/{external}/binaries"), &good, None).expect(422);
}

// The directory says what it likes; what counts is what comes out.
#[test]
fn a_bomb_is_not_unpacked() {
    let (house, admin, at) = scene();
    // A deflated block that says nothing but claims twenty gibibytes, and a thousand that together are too much.
    let claims = Entry {
        method: 8,
        packed: vec![3, 0],
        length: u32::MAX - 1,
        ..Entry::plain("big", b"")
    };
    let index = Entry::plain("index.html", b"<p>");
    let refused = upload(
        &house,
        &admin,
        &format!("{at}/binaries"),
        &zips::of(&[index, claims]),
        None,
    )
    .expect(422);
    assert!(refused.error().1.contains("larger than"), "{}", refused.text);
    // More comes out than was said.
    let more = Entry {
        method: 8,
        packed: vec![0x63, 0x60, 0x60, 0x60, 0x60, 0, 0],
        length: 1,
        checksum: 0xd202_ef8d,
        ..Entry::plain("a", b"")
    };
    let index = Entry::plain("index.html", b"<p>");
    let refused = upload(
        &house,
        &admin,
        &format!("{at}/binaries"),
        &zips::of(&[index, more]),
        None,
    )
    .expect(422);
    assert!(refused.error().1.contains("damaged"), "{}", refused.text);
}

#[test]
fn versions_have_tags_and_the_latest_stays() {
    let (house, admin, at) = scene();
    let archive = zips::plain(&[("index.html", "<p>")]);
    let versions = format!("{at}/versions");
    let add = |version: Value| upload(&house, &admin, &versions, &archive, Some(version));
    let first = add(json!({"version": "1.0", "tags": ["stable"]}))
        .expect(201)
        .json();
    assert_eq!(first["tags"], json!(["latest", "stable"]));
    add(json!({"version": "2.0", "tag": ["beta"]})).expect(201);
    add(json!({"version": "2.0"})).expect(409);
    add(json!({"version": "3.0", "tags": ["beta"]})).expect(409);
    add(json!({"tags": ["x"]})).expect(422);
    add(json!({"version": "a b"})).expect(422);
    let list = house.get(&admin, &versions).expect(200).json();
    assert_eq!(list["applicationVersions"].as_array().map(Vec::len), Some(2));
    assert_eq!(list["applicationVersions"], list["versions"]);
    let one = house
        .get(&admin, &format!("{versions}?tag=beta"))
        .expect(200)
        .json();
    assert_eq!(one["version"], json!("2.0"));
    house.get(&admin, &format!("{versions}?version=9")).expect(404);
    house
        .get(&admin, &format!("{versions}?version=1.0&tag=beta"))
        .expect(400);
    // To give another one the tag is to take it.
    let tagged = house
        .put(&admin, &format!("{versions}/2.0"), json!({"tags": ["latest"]}))
        .expect(201)
        .json();
    assert_eq!(tagged["tags"], json!(["latest"]));
    house
        .put(&admin, &format!("{versions}/2.0"), json!({"tags": []}))
        .expect(409);
    house
        .put(&admin, &format!("{versions}/9"), json!({"tags": []}))
        .expect(404);
    house
        .delete(&admin, &format!("{versions}?version=2.0"))
        .expect(409);
    house
        .delete(&admin, &format!("{versions}?tag=stable"))
        .expect(204);
    house.delete(&admin, &versions).expect(422);
    assert_eq!(
        house.get(&admin, &versions).expect(200).json()["versions"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_copy_has_the_archive_and_names_of_its_own() {
    let (house, admin, at) = scene();
    let archive = zips::plain(&[("index.html", "<p>copied")]);
    upload(&house, &admin, &format!("{at}/binaries"), &archive, None).expect(201);
    let copy = house
        .post(&admin, &format!("{at}/clone"), json!({}))
        .expect(201)
        .json();
    assert_eq!(
        (&copy["name"], &copy["key"], &copy["contextPath"]),
        (&json!("clonepumps"), &json!("clonepumps"), &json!("clonepumps"))
    );
    assert!(copy["activeVersionId"].is_string());
    house.post(&admin, &format!("{at}/clone"), json!({})).expect(409);
    house
        .post(&admin, &format!("{at}/clone?version=9"), json!({}))
        .expect(404);
    house.delete(&admin, &at).expect(204);
    let request = house
        .stranger("GET", "/apps/clonepumps/")
        .header("host", "t100.example.org");
    assert_eq!(house.send(request, Value::Null).expect(200).text, "<p>copied");
}
