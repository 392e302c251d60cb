//! Files: attachments of events and binaries of the inventory, in and out.

mod binaries;

use crate::events::{object, stored};
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use model::limits::{FILE_BYTES_MAX, FILE_PIECE_BYTES};
use model::roles::Role;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::task::{Context, Poll};
use testkit::house::{House, Reply, Who};

/// Sends a file in this media type.
fn send(house: &House, who: &Who, method: &str, path: &str, media: &str, content: impl Into<Bytes>) -> Reply {
    let request = house
        .request(who, method, path)
        .header("accept", "*/*")
        .header("content-type", media);
    house.send_text(request, content)
}

/// Sends a form with these parts, each with its head's parameters, its type and its content.
pub(crate) fn send_form(
    house: &House,
    who: &Who,
    method: &str,
    path: &str,
    parts: &[(&str, &str, &str)],
) -> Reply {
    let mut form = String::new();
    for (parameters, media, content) in parts {
        form += &format!("--XX\r\nContent-Disposition: form-data; {parameters}\r\n");
        if !media.is_empty() {
            form += &format!("Content-Type: {media}\r\n");
        }
        form += &format!("\r\n{content}\r\n");
    }
    form += "--XX--\r\n";
    send(house, who, method, path, "multipart/form-data; boundary=XX", form)
}

fn range(house: &House, who: &Who, path: &str, range: &str) -> Reply {
    let request = house.request(who, "GET", path).header("range", range);
    house.send_text(request, "")
}

/// A text in which every place can be told from the others.
fn counted(bytes: usize) -> String {
    let mut text: String = (0..=bytes / 8).map(|number| format!("{number:08}")).collect();
    text.truncate(bytes);
    text
}

struct Scene {
    house: House,
    admin: Who,
    source: String,
    event: String,
    /// Where the event's file is.
    at: String,
}

impl Scene {
    fn new() -> Self {
        let house = House::new();
        let admin = house.admin("t100");
        let source = object(&house, &admin);
        let event = stored(&house, &admin, &source, &json!({"a": 1}));
        let at = format!("/event/events/{event}/binaries");
        Self {
            house,
            admin,
            source,
            event,
            at,
        }
    }

    fn shown(&self) -> Value {
        self.house
            .get(&self.admin, &format!("/event/events/{}", self.event))
            .expect(200)
            .json()
    }

    /// What the storage still holds of files, when everything that can be removed is.
    fn rest(&self) -> (u64, usize) {
        rest(&self.house)
    }
}

/// How many bytes the files of t100 have, and how many contents nothing refers to.
fn rest(house: &House) -> (u64, usize) {
    house.wait(house.door.finish_deletions()).expect("finished");
    let tenant = "t100".parse().expect("a tenant id");
    let store = house.door.store();
    let number = store
        .catalogue()
        .expect("a view")
        .tenant_by_id(&tenant)
        .expect("readable")
        .expect("the tenant")
        .number;
    store
        .view(number)
        .expect("a view")
        .file_space(number)
        .expect("readable")
}

#[test]
fn a_file_is_attached_read_replaced_and_removed() {
    let scene = Scene::new();
    let Scene {
        house,
        admin,
        at,
        event,
        ..
    } = &scene;
    house.get(admin, at).expect(404);
    house.delete(admin, at).expect(404);
    send(house, admin, "PUT", at, "text/plain", "x").expect(404);
    let made = send(house, admin, "POST", at, "text/plain", "hello").expect(201);
    let shown = json!({"self": format!("https://localhost{at}"), "source": event, "name": event, "type": "text/plain"});
    assert_eq!(made.json(), shown);
    assert_eq!(made.header("location"), format!("https://localhost{at}"));
    assert_eq!(
        scene.shown()["c8y_IsBinary"],
        json!({"name": event, "length": 5, "type": "text/plain"})
    );
    let by_fragment = house
        .get(admin, "/event/events?fragmentType=c8y_IsBinary")
        .expect(200);
    assert_eq!(by_fragment.json()["events"].as_array().map(Vec::len), Some(1));
    let again = send(house, admin, "POST", at, "text/plain", "other").expect(409);
    assert_eq!(again.error().0, "Duplicate");
    let read = house.get(admin, at).expect(200);
    assert_eq!(
        (read.text.as_str(), read.header("content-length")),
        ("hello", "5")
    );
    for (name, value) in [
        ("content-type", "text/plain"),
        ("x-content-type-options", "nosniff"),
        ("accept-ranges", "bytes"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ),
    ] {
        assert_eq!(read.header(name), value, "{name}");
    }
    assert!(read.header("content-disposition").starts_with("attachment; "));

    let form = [
        (
            "name=\"file\"; filename=\"sent.html\"",
            "text/html",
            "<script>alert(1)</script>",
        ),
        ("name=\"object\"", "", r#"{"name": "told.html"}"#),
    ];
    let replaced = send_form(house, admin, "PUT", at, &form).expect(201).json();
    assert_eq!(
        (&replaced["name"], &replaced["type"]),
        (&json!("told.html"), &json!("text/html"))
    );
    let read = house.get(admin, at).expect(200);
    assert_eq!(read.text, "<script>alert(1)</script>");
    assert_eq!(
        read.header("content-type"),
        "application/octet-stream",
        "never as what a browser runs"
    );
    assert_eq!(scene.rest(), (25, 0), "the old content is gone");
    house
        .put(
            admin,
            &format!("/event/events/{event}"),
            json!({"c8y_IsBinary": null, "text": "t"}),
        )
        .expect(200);
    assert_eq!(scene.shown()["c8y_IsBinary"]["length"], 25);
    house.delete(admin, at).expect(204);
    house.get(admin, at).expect(404);
    assert_eq!(scene.shown().get("c8y_IsBinary"), None);
    assert_eq!(scene.rest(), (0, 0));
}

#[test]
fn a_large_file_comes_back_byte_for_byte_whole_and_in_ranges() {
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    let content = counted(2 * FILE_PIECE_BYTES + 1_000);
    send(house, admin, "POST", at, "text/plain", content.clone()).expect(201);
    let whole = house.get(admin, at).expect(200);
    assert!(
        whole.text == content,
        "{} of {} bytes",
        whole.text.len(),
        content.len()
    );
    let length = content.len();
    let piece = FILE_PIECE_BYTES;
    for (asked, from, until) in [
        ("bytes=0-0".to_owned(), 0, 1),
        (format!("bytes={}-{}", piece - 1, piece), piece - 1, piece + 1),
        (format!("bytes={}-", 2 * piece), 2 * piece, length),
        (format!("bytes={}-{}", 10, 2 * piece + 10), 10, 2 * piece + 11),
        ("bytes=-7".to_owned(), length - 7, length),
        (format!("bytes={}-999999999", length - 1), length - 1, length),
    ] {
        let part = range(house, admin, at, &asked).expect(206);
        assert!(part.text == content[from..until], "{asked}");
        assert_eq!(
            part.header("content-range"),
            format!("bytes {from}-{}/{length}", until - 1)
        );
        assert_eq!(part.header("content-length"), (until - from).to_string());
        assert_eq!(part.header("etag"), whole.header("etag"));
    }
    for beyond in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
        let refused = range(house, admin, at, &beyond).expect(416);
        assert_eq!(refused.header("content-range"), format!("bytes */{length}"));
    }
    for ignored in ["bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "x"] {
        assert_eq!(
            range(house, admin, at, ignored).expect(200).text.len(),
            length,
            "{ignored}"
        );
    }
    let of_other = house
        .request(admin, "GET", at)
        .header("range", "bytes=0-1")
        .header("if-range", "\"other\"");
    assert_eq!(house.send_text(of_other, "").expect(200).text.len(), length);
    send(house, admin, "PUT", at, "text/plain", "").expect(201);
    assert_eq!(house.get(admin, at).expect(200).text, "");
    range(house, admin, at, "bytes=0-").expect(416);
    assert_eq!(scene.rest(), (0, 0));
}

#[test]
fn a_name_cannot_break_out_of_its_header() {
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    for (name, plain) in [
        ("../../etc/passwd", "filename=\"passwd\""),
        ("a\r\nSet-Cookie: x=1", "filename=\"aSet-Cookie_ x_1\""),
        ("\"; filename=\"evil.exe", "filename=\"__ filename__evil.exe\""),
        (
            "zu lösen.txt",
            "filename=\"zu l_sen.txt\"; filename*=UTF-8''zu%20l%C3%B6sen.txt",
        ),
        ("..", "filename="),
    ] {
        let told = json!({ "name": name }).to_string();
        let form = [
            ("name=\"object\"", "application/json", told.as_str()),
            ("name=\"file\"", "", "x"),
        ];
        let method = if scene.shown().get("c8y_IsBinary").is_some() {
            "PUT"
        } else {
            "POST"
        };
        send_form(house, admin, method, at, &form).expect(201);
        let read = house.get(admin, at).expect(200);
        let disposition = read.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"") && disposition.contains(plain),
            "{disposition}"
        );
        assert!(
            !disposition.contains("..") && read.headers.get("set-cookie").is_none(),
            "{disposition}"
        );
    }
}

// R127: at the limit, and one byte over; what was begun is gone.
#[test]
fn a_file_is_as_large_as_files_may_be_and_not_a_byte_more() {
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    let most = usize::try_from(FILE_BYTES_MAX).expect("small");
    let content = Bytes::from(vec![b'x'; most + 1]);
    let over = send(house, admin, "POST", at, "text/plain", content.clone()).expect(413);
    assert_eq!(over.error().0, "general/Payload Too Large");
    assert_eq!(scene.rest(), (0, 0), "nothing of it stays");
    send(house, admin, "POST", at, "text/plain", content.slice(..most)).expect(201);
    assert_eq!(scene.rest(), (FILE_BYTES_MAX, 0));
    assert_eq!(range(house, admin, at, "bytes=-3").expect(206).text, "xxx");
    let announced = house
        .request(admin, "PUT", at)
        .header("content-length", "99999999999");
    house.send_text(announced, "").expect(413);
    house
        .delete(admin, &format!("/event/events/{}", scene.event))
        .expect(204);
    assert_eq!(scene.rest(), (0, 0), "the file goes with its event");
}

/// A body that breaks off behind so many bytes.
struct Broken(usize);

impl Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = self.0.min(100_000);
        self.0 -= next;
        Poll::Ready(Some(match next {
            0 => Err(std::io::Error::other("the client has gone")),
            next => Ok(Frame::data(Bytes::from(vec![b'x'; next]))),
        }))
    }
}

#[test]
fn a_file_that_breaks_off_leaves_nothing() {
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    let request = house
        .request(admin, "POST", at)
        .header("content-type", "image/png");
    let request = request.body(Broken(3 * FILE_PIECE_BYTES)).expect("a request");
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let answer = house.wait(house.api.handle(request, peer));
    assert_eq!(answer.status(), 400);
    assert_eq!(scene.shown().get("c8y_IsBinary"), None);
    // What was begun is removed at once, in the background; or later, when it is found abandoned.
    house.world.advance_millis(2_000_000);
    assert_eq!(scene.rest(), (0, 0));
}

#[test]
fn a_form_must_be_one_and_have_one_file() {
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    let file = ("name=\"file\"", "", "x");
    send_form(house, admin, "POST", at, &[]).expect(422);
    send_form(house, admin, "POST", at, &[("name=\"object\"", "", "{}")]).expect(422);
    send_form(house, admin, "POST", at, &[file, file]).expect(400);
    send_form(house, admin, "POST", at, &[file, ("name=\"object\"", "", "{")]).expect(400);
    for text in [
        "",
        "no form",
        "--XX\r\n\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx",
    ] {
        send(house, admin, "POST", at, "multipart/form-data; boundary=XX", text).expect(400);
    }
    send(house, admin, "POST", at, "multipart/form-data", "x").expect(400);
    house.world.advance_millis(2_000_000);
    assert_eq!(scene.rest(), (0, 0));
    let other = ("name=\"filesize\"", "", "12345");
    send_form(house, admin, "POST", at, &[other, file]).expect(201);
}

// R045: a page of another site sends no files with the credentials that a browser keeps.
#[test]
fn pages_of_other_sites_send_no_files() {
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    let from = |origin: &str| {
        let request = house
            .request(admin, "POST", at)
            .header("content-type", "text/plain")
            .header("origin", origin);
        house.send_text(request, "x")
    };
    from("https://evil.example").expect(403);
    from("null").expect(403);
    from("https://localhost").expect(201);
}

// R018, R046, R047: the rights on the event count for its file.
#[test]
fn a_file_is_reached_by_the_rights_on_its_event() {
    let scene = Scene::new();
    let Scene {
        house,
        admin,
        at,
        source,
        ..
    } = &scene;
    send(house, admin, "POST", at, "text/plain", "secret").expect(201);
    let put = |who: &Who| send(house, who, "PUT", at, "text/plain", "x");
    let stranger = house.person("t100", "stranger", &[]);
    house.get(&stranger, at).expect(404);
    put(&stranger).expect(403);
    house.delete(&stranger, at).expect(404);
    let reader = house.person("t100", "reader", &[Role::EventRead]);
    assert_eq!(house.get(&reader, at).expect(200).text, "secret");
    put(&reader).expect(403);
    let part = house.person("t100", "part", &[]);
    house.grant(&part, &[&format!("{source}, EVENT, b, *")]);
    house.get(&part, at).expect(404);
    put(&part).expect(404);
    house.grant(&part, &[&format!("{source}, EVENT, a, READ")]);
    house.get(&part, at).expect(200);
    put(&part).expect(403);
    let global = json!({"c8y_Global": {}});
    house
        .put(admin, &format!("/inventory/managedObjects/{source}"), global)
        .expect(200);
    house.get(&stranger, at).expect(403);
    house.get(&house.admin("t200"), at).expect(404);
    put(&house.admin("t200")).expect(404);
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_cut_and_never_mixed() {
    use http_body_util::BodyExt;
    let scene = Scene::new();
    let Scene { house, admin, at, .. } = &scene;
    send(
        house,
        admin,
        "POST",
        at,
        "text/plain",
        counted(20 * FILE_PIECE_BYTES),
    )
    .expect(201);
    let request = house
        .request(admin, "GET", at)
        .body(http_body_util::Empty::<Bytes>::new())
        .expect("a request");
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let answer = house.wait(house.api.handle(request, peer));
    assert_eq!(
        header(answer.headers(), "content-length"),
        (20 * FILE_PIECE_BYTES).to_string()
    );
    send(house, admin, "PUT", at, "text/plain", "other").expect(201);
    let read = house.wait(answer.into_body().collect());
    assert!(read.is_err(), "the rest does not come");
}
