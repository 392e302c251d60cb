//! The first certificate: how it is had, where it lies, and who gets none.

use super::*;

// R083 R080
#[tokio::test(start_paused = true)]
async fn a_new_machine_gets_its_certificate_and_sends_its_readings_with_it() {
    let mut scene = Scene::begun();
    scene.until_readings(2).await;
    scene.stop().await;
    let facts = scene.platform.facts();
    assert_eq!((facts.issued.len(), facts.sessions.len()), (1, 1));
    assert_eq!(facts.sessions, facts.issued);
    assert!(
        facts.taken[0].1.starts_with("100,Shed,holdfast_Machine\n"),
        "{:?}",
        facts.taken
    );
    drop(facts);
    let first = json_of(&scene.platform.on("measurement/measurements/create")[0]);
    assert_eq!(first["type"], "holdfast_MachineReadings");
    assert_eq!(first["c8y_Test"], json!({ "N": { "value": 1 } }));
    assert!(first.get("source").is_none(), "the connection says whose it is");
    assert_eq!(scene.platform.wills(), 0, "it has said good-bye");
}

// R082
#[tokio::test(start_paused = true)]
async fn the_key_lies_where_only_the_owner_looks_and_is_not_made_again() {
    use std::os::unix::fs::PermissionsExt;
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene.stop().await;
    let file = scene.state().join("identity.pem");
    let before = fs::read(&file).expect("an identity");
    assert_eq!(
        fs::metadata(&file).expect("there").permissions().mode() & 0o777,
        0o600
    );
    // From now on the state directory says everything.
    let mut options = scene.options();
    (options.said, options.one_time_password) = (Said::default(), None);
    scene.begin_with(options);
    scene.until_readings(2).await;
    scene.stop().await;
    assert_eq!(fs::read(&file).expect("an identity"), before);
    assert_eq!(scene.platform.facts().issued.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_not_registered_ends_with_what_the_server_says() {
    let mut scene = Scene::new();
    scene.platform.facts().used = true;
    scene.begin();
    let error = scene.ended().await;
    assert!(
        matches!(error, AgentError::NotEnrolled(NotEnrolled::Refused { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("Not registered."), "{error}");
    assert!(!scene.state().join("identity.pem").exists());
}

// R067
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_prove_its_identity_gets_no_password() {
    let mut scene = Scene::new();
    let mut options = scene.options();
    options.said.ca_pem = Some(Platform::new().ca_pem());
    scene.begin_with(options);
    let error = scene.ended().await;
    assert!(error.to_string().contains("identity is not proven"), "{error}");
    assert!(!scene.platform.facts().used);
}

#[tokio::test(start_paused = true)]
async fn what_must_be_said_the_first_time_is_asked_for() {
    for (change, missing) in [
        (
            (|options| options.said.server = None) as fn(&mut AgentOptions),
            "--server",
        ),
        (|options| options.said.device = None, "--device-id"),
        (|options| options.said.ca_pem = None, "--ca"),
        (
            |options| options.one_time_password = None,
            "--one-time-password-file",
        ),
    ] {
        let mut scene = Scene::new();
        let mut options = scene.options();
        change(&mut options);
        scene.begin_with(options);
        assert!(
            matches!(scene.ended().await, AgentError::Unsaid(what) if what == missing),
            "{missing}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_directory_is_one_device() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene.stop().await;
    let mut options = scene.options();
    options.said.device = Some("d2".parse().expect("an id"));
    scene.begin_with(options);
    assert!(matches!(scene.ended().await, AgentError::OtherDevice(_)));
}
