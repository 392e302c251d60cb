//! A new password for those who do not know theirs any more.

use engine::password_reset::{Mailer, NotSent, ResetMail};
use model::limits::RESET_MAILED_MINUTES;
use model::roles::Role;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::house::{House, Reply, Who};
use tokio::sync::mpsc::{Receiver, Sender, channel};

const RESET: &str = "/user/passwordReset";
const OLD: &str = "four Wooden bridges 1";
const NEW: &str = "five Wooden bridges 2";

/// Keeps what would be sent.
struct Post {
    sent: Sender<ResetMail>,
    arrived: Mutex<Receiver<ResetMail>>,
}

impl Default for Post {
    fn default() -> Self {
        let (sent, arrived) = channel(10);
        Self {
            sent,
            arrived: Mutex::new(arrived),
        }
    }
}

impl Mailer for Post {
    fn send(&self, mail: ResetMail) -> Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + '_>> {
        self.sent.try_send(mail).expect("the test looks at it");
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Post {
    /// The one mail that comes, or none.
    fn taken(&self, house: &House) -> Option<ResetMail> {
        let mut arrived = self.arrived.lock().expect("a lock");
        let soon = async { tokio::time::timeout(Duration::from_millis(500), arrived.recv()).await };
        house.wait(soon).ok().flatten()
    }
}

fn house_with_jane() -> House {
    let house = House::new();
    let jane = json!({"userName": "jane", "email": "jane@example.org", "password": OLD});
    house
        .post(&house.admin("t100"), "/user/t100/users", jane)
        .expect(201);
    house
}

fn ask(house: &House, tenant: &str, email: &str) -> Reply {
    let path = format!("{RESET}?tenantId={tenant}");
    house.send(house.stranger("POST", &path), json!({ "email": email }))
}

fn redeem(house: &House, token: &str, email: &str, password: &str) -> Reply {
    let body = json!({"token": token, "email": email, "newPassword": password, "passwordStrength": "GREEN"});
    house.send(house.stranger("PUT", "/user/passwordReset?tenantId=t100"), body)
}

fn check(house: &House, token: &str, email: &str) -> u16 {
    let path = format!("/user/passwordReset/validate?tenantId=t100&token={token}&email={email}");
    house
        .send(house.stranger("GET", &path), Value::Null)
        .status
        .as_u16()
}

fn status(house: &House, password: &str) -> u16 {
    let jane = Who::new("t100", "jane", password);
    house.get(&jane, "/user/currentUser").status.as_u16()
}

#[test]
fn asking_is_answered_alike_whoever_is_meant() {
    // R115
    let house = house_with_jane();
    let answers: Vec<_> = [
        ("t100", "jane@example.org"),
        ("t100", "nobody@example.org"),
        ("t200", "jane@example.org"),
        ("nowhere", "jane@example.org"),
        ("no%20tenant%21", "jane@example.org"),
    ]
    .map(|(tenant, email)| ask(&house, tenant, email))
    .into_iter()
    .map(|reply| (reply.status.as_u16(), reply.text))
    .collect();
    assert!(
        answers.iter().all(|answer| *answer == (200, String::new())),
        "{answers:?}"
    );
    assert_eq!(status(&house, OLD), 200, "nothing has changed");
}

#[test]
fn a_mailed_token_sets_a_password_once_and_in_time() {
    let house = house_with_jane();
    let post = Arc::new(Post::default());
    house.door.set_mailer(post.clone());
    ask(&house, "t100", "JANE@example.org").expect(200);
    let mail = post.taken(&house).expect("a mail");
    assert_eq!(
        (mail.to.as_str(), mail.user.as_str()),
        ("jane@example.org", "jane")
    );
    let (token, email) = (mail.token.expose(), "jane@example.org");
    assert_eq!(check(&house, token, email), 200);
    assert_eq!(check(&house, token, "joe@example.org"), 404);
    redeem(&house, token, email, "short").expect(422);
    redeem(&house, token, email, NEW).expect(200);
    assert_eq!((status(&house, OLD), status(&house, NEW)), (401, 200));
    redeem(&house, token, email, OLD).expect(404);

    ask(&house, "t100", email).expect(200);
    let late = post.taken(&house).expect("a mail");
    house.world.advance_millis(RESET_MAILED_MINUTES * 60_000);
    assert_eq!(check(&house, late.token.expose(), email), 422);
    redeem(&house, late.token.expose(), email, OLD).expect(422);
    ask(&house, "t100", "nobody@example.org").expect(200);
    assert!(post.taken(&house).is_none());
    let log = house
        .get(&house.admin("t100"), "/audit/auditRecords?pageSize=2000")
        .expect(200);
    assert!(log.text.contains("Password reset asked for") && !log.text.contains(late.token.expose()));
}

#[test]
fn an_administrator_hands_a_token_out_and_no_stolen_session_does() {
    let house = house_with_jane();
    let (admin, path) = (house.admin("t100"), "/user/t100/users/jane/passwordReset");
    house
        .post(&admin, path, json!({"currentUserPassword": "not it"}))
        .expect(422);
    let own = json!({"currentUserPassword": admin.password});
    house
        .post(
            &house.person("t100", "joe", &[Role::UserManagementRead]),
            path,
            own.clone(),
        )
        .expect(403);
    house.post(&house.admin("t200"), path, own.clone()).expect(404);
    house.device("t100", "device_1");
    house
        .post(&admin, "/user/t100/users/device_1/passwordReset", own.clone())
        .expect(422);
    let first = house.post(&admin, path, own.clone()).expect(200).json();
    let second = house.post(&admin, path, own).expect(200).json();
    let text = |made: &Value| made["token"].as_str().expect("a token").to_owned();
    assert_eq!(
        check(&house, &text(&first), "jane@example.org"),
        404,
        "the later one took its place"
    );
    redeem(&house, &text(&second), "jane@example.org", NEW).expect(200);
    assert_eq!(status(&house, NEW), 200);
}

#[test]
fn a_password_that_was_set_in_another_way_ends_the_token() {
    let house = house_with_jane();
    let admin = house.admin("t100");
    let own = json!({"currentUserPassword": admin.password});
    let made = house
        .post(&admin, "/user/t100/users/jane/passwordReset", own)
        .expect(200)
        .json();
    house
        .put(&admin, "/user/t100/users/jane", json!({"password": NEW}))
        .expect(200);
    let token = made["token"].as_str().expect("a token");
    redeem(&house, token, "jane@example.org", OLD).expect(404);
}

#[test]
fn guessing_tokens_is_slowed_down() {
    let house = house_with_jane();
    let statuses: Vec<_> = (0..6)
        .map(|number| check(&house, &format!("{}.guess", number + 1), "jane@example.org"))
        .collect();
    assert_eq!(statuses[..3], [404, 404, 404]);
    assert_eq!(statuses[5], 429);
}
