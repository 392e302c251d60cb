//! Operations: within the policy, once, and answered.

use super::*;
use model::operations::EXPIRY_TIME;
use std::collections::BTreeMap;

// R072
// In real time: the command is a real process.
#[tokio::test]
async fn an_operation_is_carried_out_once_however_often_it_is_handed_out() {
    let mut scene = Scene::new();
    scene.policy.allow_commands = true;
    scene.begin();
    let count = scene.place.path().join("count");
    let command = json!({ "c8y_Command": { "text": format!("echo x >> {}; echo done", count.display()) } });
    scene.platform.notify(&asked(7, &command));
    scene.platform.notify(&asked(7, &command));
    assert_eq!(
        scene.until_answers(3).await,
        ["504,7", "506,7,\"done\n\"", "506,7"]
    );
    scene.kill().await;
    // Nor after a restart, nor when it comes from a server that was set back.
    scene.begin();
    scene.platform.notify(&asked(7, &command));
    assert_eq!(scene.until_answers(4).await[3], "506,7");
    assert_eq!(fs::read_to_string(&count).expect("it ran"), "x\n");
    scene.stop().await;
}

// R072 R080
#[tokio::test(start_paused = true)]
async fn what_is_not_allowed_or_too_late_is_not_done_and_what_is_unknown_is_left_alone() {
    let mut scene = Scene::begun();
    let never = scene.place.path().join("never");
    let command = json!({ "c8y_Command": { "text": format!("touch {}", never.display()) } });
    let mut late = asked(3, &json!({ "c8y_Restart": {} }));
    late[EXPIRY_TIME] = json!("2026-01-02T00:00:00.000Z");
    scene
        .platform
        .notify(&asked(1, &json!({ "c8y_Relay": { "relayState": "OPEN" } })));
    scene.platform.notify(&asked(2, &command));
    scene.platform.notify(&late);
    scene.platform.notify(&asked(
        4,
        &json!({ "c8y_UploadConfigFile": { "type": "passwd" } }),
    ));
    let answers = scene.until_answers(3).await;
    assert!(
        answers[0].starts_with("505,2,this device does not run commands"),
        "{answers:?}"
    );
    assert!(answers[1].starts_with("505,3,its time was over"), "{answers:?}");
    assert!(
        answers[2].starts_with("505,4,this device has no file"),
        "{answers:?}"
    );
    assert!(!never.exists());
    scene.stop().await;
    assert_eq!(scene.answers().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_restart_makes_the_connection_anew_and_never_touches_the_machine() {
    let mut scene = Scene::begun();
    scene.platform.notify(&asked(5, &json!({ "c8y_Restart": {} })));
    assert_eq!(scene.until_answers(2).await, ["504,5", "506,5"]);
    assert_eq!(scene.platform.facts().sessions.len(), 2);
    assert_eq!(scene.platform.wills(), 0);
    scene.stop().await;
}

// R072: whatever was begun when the program ended
#[tokio::test(start_paused = true)]
async fn what_was_begun_before_the_end_of_the_program_is_answered_and_not_begun_again() {
    for (what, boot, expected) in [
        ((true, false), "one", "506,1"),
        ((true, true), "two", "506,1"),
        ((true, true), "one", "505,1,the agent ended while it was at it"),
        ((false, false), "two", "505,1,the agent ended while it was at it"),
    ] {
        let mut scene = Scene::begun();
        scene.until_readings(1).await;
        scene.stop().await;
        let (is_restart, is_reboot) = what;
        let begun = json!({ "Begun": { "boot": "one", "is_restart": is_restart, "is_reboot": is_reboot } });
        let entry = json!({ "id": 1, "created": 1_767_225_600_000_i64, "step": begun });
        let list = json!({ "entries": [entry], "forgotten_until": null });
        scene.write("state/operations.json", &list.to_string());
        scene.boot(boot);
        scene.begin();
        assert_eq!(scene.until_answers(1).await, [expected]);
        scene.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn files_go_up_and_come_down_by_their_names() {
    let mut scene = Scene::new();
    let (log, conf) = (
        scene.place.path().join("app.log"),
        scene.place.path().join("app.conf"),
    );
    scene.write("app.log", "one\ntwo\nthree\n");
    scene.write("app.conf", "old");
    scene.policy.logs = BTreeMap::from([("app".to_owned(), log)]);
    scene.policy.configurations = BTreeMap::from([("app".to_owned(), conf.clone())]);
    scene.platform.facts().file = "new".to_owned();
    scene.begin();
    let lines = json!({ "logFile": "app", "searchText": "t", "maximumLines": 1 });
    scene
        .platform
        .notify(&asked(1, &json!({ "c8y_LogfileRequest": lines })));
    scene
        .platform
        .notify(&asked(2, &json!({ "c8y_UploadConfigFile": { "type": "app" } })));
    for (id, url) in [
        (3, "https://localhost/inventory/binaries/9"),
        (4, "https://elsewhere.example.org/inventory/binaries/9"),
        (5, "http://localhost/inventory/binaries/9"),
    ] {
        let download = json!({ "c8y_DownloadConfigFile": { "type": "app", "url": url } });
        scene.platform.notify(&asked(id, &download));
    }
    let answers = scene.until_answers(10).await;
    scene.stop().await;
    let file = "https://localhost/event/events/77/binaries";
    assert_eq!(answers[1], format!("506,1,{file}"));
    assert_eq!(answers[3], format!("506,2,{file}"));
    assert_eq!(answers[5], "506,3");
    for answer in [&answers[7], &answers[9]] {
        assert!(
            answer.contains("files are fetched from localhost only"),
            "{answers:?}"
        );
    }
    let attached = [
        ("app".to_owned(), "three\n".to_owned()),
        ("app".to_owned(), "old".to_owned()),
    ];
    assert_eq!(scene.platform.facts().attached, attached);
    assert_eq!(fs::read_to_string(conf).expect("there"), "new");
}
