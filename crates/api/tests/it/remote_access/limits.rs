//! How long sessions last, and how many there may be.

use super::{Scene, Socket, ask, configure};
use model::limits::{REMOTE_EARLY_BYTES_MAX, REMOTE_SESSIONS_PER_DEVICE_MAX, REMOTE_SESSIONS_PER_USER_MAX};
use serde_json::json;

fn set(scene: &Scene, key: &str, value: &str) {
    let body = json!({"category": "remoteaccess", "key": key, "value": value});
    scene
        .house
        .post(&scene.admin, "/tenant/options", body)
        .expect(200);
}

// R080
#[test]
fn a_session_ends_with_its_time_whatever_is_sent() {
    let scene = Scene::new();
    set(&scene, "session.seconds.max", "1");
    let (mut user, mut device) = (scene.open(), scene.connect());
    user.say(b"x");
    assert_eq!(device.hear(), Ok(b"x".to_vec()));
    let reason = "the time of the session is over".to_owned();
    assert_eq!(user.hear(), Err((1008, reason.clone())));
    assert_eq!(device.hear(), Err((1008, reason.clone())));
    assert!(scene.end().contains(&reason));
}

#[test]
fn a_session_in_which_nothing_is_sent_ends() {
    let scene = Scene::new();
    set(&scene, "idle.seconds.max", "1");
    let (mut user, _device) = (scene.open(), scene.connect());
    assert_eq!(
        user.hear(),
        Err((1008, "nothing was sent for too long".to_owned()))
    );
}

#[test]
fn a_tenant_turns_remote_access_off() {
    let scene = Scene::new();
    set(&scene, "session.seconds.max", "0");
    let (status, ..) = ask(&scene.house, &scene.client_path(), &scene.operator, &[]);
    assert_eq!(status, 409);
}

#[test]
fn a_device_has_so_many_sessions_and_no_more() {
    let scene = Scene::new();
    let mut open: Vec<_> = (0..REMOTE_SESSIONS_PER_DEVICE_MAX)
        .map(|_| scene.open())
        .collect();
    let one_more = || ask(&scene.house, &scene.client_path(), &scene.operator, &[]).0;
    assert_eq!(one_more(), 409);
    open.pop().expect("one").close();
    scene.end();
    assert_eq!(one_more(), 101);
}

#[test]
fn a_user_has_so_many_sessions_and_no_more() {
    let mut scene = Scene::new();
    let mut open = Vec::new();
    let mut last = 0;
    for number in 0..=REMOTE_SESSIONS_PER_USER_MAX / REMOTE_SESSIONS_PER_DEVICE_MAX {
        let (_, object) = super::agent(&scene.house, &format!("more-{number}"));
        scene.configuration = configure(&scene.house, &scene.operator, &object);
        scene.object = object;
        for _ in 0..REMOTE_SESSIONS_PER_DEVICE_MAX {
            let (status, _, _, takeover) = ask(&scene.house, &scene.client_path(), &scene.operator, &[]);
            last = status.as_u16();
            open.extend(takeover);
        }
    }
    assert_eq!((open.len(), last), (REMOTE_SESSIONS_PER_USER_MAX, 409));
}

#[test]
fn who_sends_too_much_before_the_device_is_there_is_cut_off() {
    let scene = Scene::new();
    let mut user = scene.open();
    let half = vec![0; REMOTE_EARLY_BYTES_MAX / 2 + 1];
    user.say(&half);
    user.say(&half);
    let (code, reason) = user.hear().expect_err("an end");
    assert_eq!(
        (code, reason.as_str()),
        (1008, "one end takes nothing, or sends too much")
    );
}

// Nothing is taken from one end that the other one does not take.
#[test]
fn an_end_that_takes_nothing_holds_the_other_one_up() {
    let scene = Scene::new();
    let room = 16 << 10;
    let mut user = Socket::with_room(&scene.house, &scene.client_path(), &scene.operator, &[], room);
    let key = scene.key();
    let _device = Socket::with_room(
        &scene.house,
        &super::device_path(&key),
        &scene.device,
        &super::BINARY,
        room,
    );
    let piece = vec![7; 8 << 10];
    let send = async {
        let mut sent = 0_usize;
        loop {
            let message = tokio_tungstenite::tungstenite::Message::binary(piece.clone());
            let sending = futures_util::SinkExt::send(&mut user.stream, message);
            match tokio::time::timeout(std::time::Duration::from_secs(1), sending).await {
                Ok(sent_one) => sent_one.expect("sent"),
                Err(_) => return sent,
            }
            sent += piece.len();
            assert!(sent < 4 << 20, "everything is taken, and nobody reads it");
        }
    };
    let sent = scene.house.wait(send);
    assert!(sent >= piece.len());
}

// Keeping a message takes room, however short it is; an empty one is not kept.
#[test]
fn many_short_messages_before_the_device_is_there_are_bounded_and_empty_ones_are_nothing() {
    let scene = Scene::new();
    let mut user = scene.open();
    for _ in 0..REMOTE_EARLY_BYTES_MAX / 8 {
        user.say(b"");
    }
    user.say(b"x");
    let mut device = scene.connect();
    assert_eq!(device.hear(), Ok(b"x".to_vec()));

    let mut user = scene.open();
    let send = async {
        for _ in 0..REMOTE_EARLY_BYTES_MAX / 32 {
            let message = tokio_tungstenite::tungstenite::Message::binary(vec![0]);
            if futures_util::SinkExt::send(&mut user.stream, message)
                .await
                .is_err()
            {
                return;
            }
        }
    };
    scene.house.wait(send);
    assert_eq!(
        user.hear(),
        Err((1008, "one end takes nothing, or sends too much".to_owned()))
    );
}

#[test]
fn what_is_open_ends_when_a_tenant_turns_remote_access_off() {
    let scene = Scene::new();
    let (mut user, mut device) = (scene.open(), scene.connect());
    user.say(b"x");
    assert_eq!(device.hear(), Ok(b"x".to_vec()));
    set(&scene, "session.seconds.max", "0");
    let reason = "remote access was turned off".to_owned();
    assert_eq!(user.hear(), Err((1008, reason.clone())));
    assert_eq!(device.hear(), Err((1008, reason)));
}
