//! The life of the program: the first start, the orderly stop, the second start, and starts that must be refused.

use crate::client::{Client, authorization, connector, dial};
use crate::program::{ADMIN, PASSWORD, Place, Printed, copy, err, files, out};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const READY: &str = "holdfast ready https=";
const OBJECTS: &str = "/inventory/managedObjects";

#[tokio::test]
async fn an_open_request_is_finished_before_the_program_stops() {
    let place = Place::ready();
    let mut program = place.serve();
    let mut stream = dial(program.address, &connector(&place.ca(), b"http/1.1"))
        .await
        .expect("connected");
    let body = json!({ "name": "the last one" }).to_string();
    let (begin, end) = body.split_at(5);
    let sign_in = authorization(ADMIN, PASSWORD);
    let head = format!(
        "POST {OBJECTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
         Accept: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        sign_in.to_str().expect("text"),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    // The program asks for the body: from here on the request is open.
    assert!(answered(&mut stream).await.starts_with("HTTP/1.1 100 "));
    stream.write_all(begin.as_bytes()).await.expect("sent");
    program.terminate();
    program.logged("stopping");
    let refuses = async { while TcpStream::connect(program.address).await.is_ok() {} };
    timeout(Duration::from_secs(10), refuses)
        .await
        .expect("it takes no new connections");
    stream.write_all(end.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("the answer, then the end");
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let printed = program.end();
    assert_eq!(printed.status.code(), Some(0), "{}", printed.log);

    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    assert_eq!(names(&mut client).await, ["the last one"]);
}

/// One part of an answer.
async fn answered(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut part = vec![0; 4_096];
    let read = stream.read(&mut part).await.expect("an answer");
    String::from_utf8_lossy(&part[..read]).into_owned()
}

async fn names(client: &mut Client) -> Vec<String> {
    let objects = client
        .list(&format!("{OBJECTS}?withTotalPages=false"), "managedObjects")
        .await;
    objects
        .iter()
        .map(|object| object["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn a_new_directory_sets_itself_up_and_one_line_says_that_it_serves() {
    // R009: no default password exists.
    let place = Place::new();
    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    assert_eq!(
        client.get("/tenant/currentTenant").await.status,
        401,
        "there is no default password"
    );
    let Printed { status, out, .. } = program.stop();
    assert_eq!(status.code(), Some(0));
    assert_eq!(
        out.lines().filter(|line| line.starts_with(READY)).count(),
        1,
        "{out}"
    );
    // One secret for the management tenant, one for the first tenant; then nothing but the ready line.
    assert_eq!(out.matches("shown only now").count(), 2, "{out}");
    assert_eq!(out.lines().count(), 3, "{out}");

    let again = place.serve().stop();
    assert_eq!(
        again.out.lines().count(),
        1,
        "secrets are shown once: {}",
        again.out
    );
}

// R009: the one-time secret is the first way in, and it works once.
#[tokio::test]
async fn the_secret_that_was_shown_lets_its_administrator_in_once() {
    let place = Place::new();
    let program = place.serve();
    let printed = program.stop().out;
    let line = printed.lines().find(|line| line.contains(ADMIN)).expect("shown");
    let secret = line.rsplit(' ').next().expect("at the end").to_owned();
    let program = place.serve();
    let redeem = json!({
        "tenant": "t100", "userName": "admin", "secret": secret, "password": "my own new pass phrase"
    });
    let mut stranger = Client::new(&place, &program, ADMIN, "nothing");
    assert_eq!(stranger.post("/tenant/setup", &redeem).await.status, 204);
    assert_eq!(stranger.post("/tenant/setup", &redeem).await.status, 422);
    let mut admin = Client::new(&place, &program, ADMIN, "my own new pass phrase");
    assert_eq!(
        admin.get("/tenant/currentTenant").await.of(200).json()["name"],
        "t100"
    );
}

#[test]
fn a_second_program_on_the_same_directory_is_refused() {
    let place = Place::ready();
    let program = place.serve();
    for arguments in [
        &["serve", "--listen-https", "127.0.0.1:0"][..],
        &["audit", "verify"],
        &["init", "--tenant", "t200"],
    ] {
        let refused = place.run(arguments);
        assert_eq!(refused.status.code(), Some(3), "{arguments:?}");
        let message = err(&refused);
        assert!(message.contains("in use by another holdfast"), "{message}");
        assert!(message.contains(&program.id().to_string()), "{message}");
    }
    assert_eq!(program.stop().status.code(), Some(0));
    assert!(place.run(&["audit", "verify"]).status.success(), "free again");
}

#[tokio::test]
async fn a_restart_keeps_the_data_and_the_authority() {
    let place = Place::ready();
    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    let made = client
        .post(
            OBJECTS,
            &json!({ "name": "pump", "c8y_Kept": { "digits": 1.50 } }),
        )
        .await
        .of(201);
    let (path, before) = (
        format!("{OBJECTS}/{}", made.id()),
        fs::read(place.ca()).expect("ca.pem"),
    );
    let (address, shown) = (program.address, client.get(&path).await.of(200));
    assert_eq!(program.stop().status.code(), Some(0));

    let program = place.serve();
    assert_eq!(
        fs::read(place.ca()).expect("ca.pem"),
        before,
        "clients need not trust anew"
    );
    let mut client = Client::admin(&place, &program);
    let now = client
        .get(&path)
        .await
        .of(200)
        .text()
        .replace(&program.address.to_string(), &address.to_string());
    assert_eq!(now, shown.text());
}

#[tokio::test]
async fn a_second_init_opens_a_new_way_in_and_changes_nothing_else() {
    let place = Place::ready();
    let again = place.init();
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert_eq!(
        out(&again).matches("set-up secret of").count(),
        1,
        "a secret, and no second tenant: {}",
        out(&again)
    );
    assert!(
        out(&again).contains("set-up secret of t100/admin"),
        "{}",
        out(&again)
    );
    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    assert_eq!(
        client.get("/tenant/currentTenant").await.status,
        200,
        "the password is still good"
    );
    drop(program);

    let stranger = place.run(&["init", "--tenant", "t100", "--admin-user", "nobody"]);
    assert_eq!(stranger.status.code(), Some(4));
    assert!(err(&stranger).contains("no such user"), "{}", err(&stranger));
}

#[test]
fn a_weak_password_or_a_missing_file_sets_nothing_up() {
    for (password, why) in [
        (Some("password\n"), "password"),
        (None, "could not read the password"),
    ] {
        let place = Place::new();
        match password {
            Some(text) => fs::write(place.file("password"), text).expect("written"),
            None => fs::remove_file(place.file("password")).expect("removed"),
        }
        let refused = place.init();
        assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
        assert!(err(&refused).contains(why), "{}", err(&refused));
        fs::write(place.file("password"), PASSWORD).expect("written");
        assert!(
            place.init().status.success(),
            "the tenant was not made by the failed try"
        );
    }
}

#[tokio::test]
async fn nothing_but_https_is_spoken() {
    // R057, R063
    let place = Place::ready();
    let program = place.serve();
    let mut stream = TcpStream::connect(program.address).await.expect("connected");
    let request = format!("GET {OBJECTS} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // Being cut off is an error here, and just as much the end.
    let _ = stream.read_to_end(&mut answer).await;
    // A TLS alert (RFC 8446 section 5.1: content type 21) or nothing, and no HTTP.
    assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
}

/// A start that must be refused. Gives the message.
fn refused(place: &Place, data: &Path, what: &str) -> String {
    let refused = place.run_on(data, &["serve", "--listen-https", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(4), "{what}: {}", err(&refused));
    assert!(!out(&refused).contains(READY), "{what}");
    err(&refused)
}

/// Every file with its content, but the lock: it holds the number of whoever tried last.
fn contents(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let kept = files(data)
        .into_iter()
        .filter(|path| path.file_name() != Some("lock".as_ref()));
    kept.map(|path| (path.clone(), fs::read(path).expect("read")))
        .collect()
}

/// A platform with some data that was stopped.
async fn used() -> Place {
    let place = Place::ready();
    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    for number in 0..20 {
        client
            .post(OBJECTS, &json!({ "name": format!("object {number}") }))
            .await
            .of(201);
    }
    assert_eq!(program.stop().status.code(), Some(0));
    place
}

#[tokio::test]
async fn without_its_own_keys_the_data_is_not_opened_and_nothing_is_changed() {
    // R139
    let place = used().await;
    let other = Place::ready();
    let case = |name: &str, change: &dyn Fn(&Path)| {
        let data = place.copy_data(name);
        change(&data);
        let before = contents(&data);
        let message = refused(&place, &data, name);
        assert!(before == contents(&data), "{name}: files changed");
        (message, data)
    };
    let remove = |file: &'static str| move |data: &Path| fs::remove_file(data.join(file)).expect("removed");
    let (message, data) = case("without master key", &remove("master.key"));
    assert!(
        message.contains(&*data.join("master.key").to_string_lossy()),
        "{message}"
    );
    let (message, data) = case("without keyring", &remove("keyring"));
    assert!(
        message.contains(&*data.join("keyring").to_string_lossy()),
        "{message}"
    );
    for file in ["master.key", "keyring"] {
        let (message, _) = case(&format!("another's {file}"), &|data| {
            fs::copy(other.data().join(file), data.join(file)).expect("copied");
        });
        assert!(message.contains("key"), "{message}");
    }
    let (message, _) = case("another's keys", &|data| {
        for file in ["master.key", "keyring"] {
            fs::copy(other.data().join(file), data.join(file)).expect("copied");
        }
    });
    assert!(message.contains("keyring"), "{message}");
    // What was tried on copies has not harmed the original.
    assert_eq!(place.serve().stop().status.code(), Some(0));
}

#[tokio::test]
async fn keys_without_their_data_are_not_taken_for_a_new_platform() {
    let place = used().await;
    fs::remove_dir_all(place.data().join("engine")).expect("removed");
    for attempt in ["first", "second"] {
        let message = refused(&place, &place.data(), attempt);
        assert!(message.contains("no data"), "{message}");
    }
}

#[tokio::test]
async fn a_damaged_engine_file_is_named_and_the_program_does_not_start() {
    let place = used().await;
    let engine = place.data().join("engine/shard-00");
    let journal = files(&engine)
        .into_iter()
        .find(|path| path.extension() == Some("jnl".as_ref()));
    let journal = journal.expect("a journal");
    let name = journal
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let bytes = fs::read(&journal).expect("read");
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .expect("something is written");
    for part in 1..10 {
        let at = used * part / 10;
        let data = place.file(&format!("flipped-{part}"));
        copy(&place.data(), &data);
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (part % 8);
        fs::write(data.join("engine/shard-00").join(&name), damaged).expect("written");
        for arguments in [
            &["serve", "--listen-https", "127.0.0.1:0"][..],
            &["audit", "verify"],
        ] {
            let refused = place.run_on(&data, arguments);
            let message = err(&refused);
            assert_eq!(
                refused.status.code(),
                Some(4),
                "byte {at}, {arguments:?}: {}{message}",
                out(&refused)
            );
            assert!(message.contains("engine/shard-00"), "byte {at}: {message}");
        }
    }
}

#[test]
fn a_setting_that_is_not_known_is_refused_before_anything_is_made() {
    let place = Place::new();
    fs::write(
        place.file("holdfast.toml"),
        "[https]\nlisten_adress = \"127.0.0.1:0\"\n",
    )
    .expect("written");
    let config = place.file("holdfast.toml");
    let refused = place.run(&["serve", "--config", &config.to_string_lossy()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        err(&refused).contains("did you mean `https.listen`?"),
        "{}",
        err(&refused)
    );
    assert!(!place.data().exists(), "nothing was made");
}
