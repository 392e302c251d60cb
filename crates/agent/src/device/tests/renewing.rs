//! The next certificates (R094): the present one stays until the new one was let in, whatever ends in between.

use super::*;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

// R094
#[tokio::test(start_paused = true)]
async fn at_two_thirds_of_its_life_the_certificate_is_replaced_once_the_new_one_was_let_in() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene.ahead_millis.store(242 * DAY_MILLIS, Ordering::SeqCst);
    scene.pass(120).await;
    assert_eq!(scene.platform.facts().issued.len(), 1, "not before");
    let before = fs::read(scene.state().join("identity.pem")).expect("an identity");
    scene.ahead_millis.store(244 * DAY_MILLIS, Ordering::SeqCst);
    scene
        .until(|facts| (facts.sessions.len() == 2).then_some(()))
        .await;
    let count = scene.readings().len();
    scene.until_readings(count + 2).await;
    scene.stop().await;
    let facts = scene.platform.facts();
    assert_eq!(facts.sessions, facts.issued);
    assert_ne!(
        fs::read(scene.state().join("identity.pem")).expect("an identity"),
        before
    );
    assert!(!scene.state().join("identity.next.pem").exists());
}

// R094: whatever of the renewal was done when the program ended
#[tokio::test(start_paused = true)]
async fn a_renewal_that_broke_off_goes_on_from_where_it_was() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    // The answer with the certificate never comes.
    scene.platform.facts().is_stingy = true;
    scene.ahead_millis.store(250 * DAY_MILLIS, Ordering::SeqCst);
    scene.pass(70).await;
    assert_eq!(scene.platform.facts().issued.len(), 2);
    scene.kill().await;
    scene.platform.facts().is_stingy = false;
    let (old, next) = (
        scene.state().join("identity.pem"),
        scene.state().join("identity.next.pem"),
    );
    assert!(!next.exists());
    let before = fs::read(&old).expect("an identity");
    // It is there, but the program ends before it is tried: the server is away.
    scene.begin();
    scene.until(|facts| (facts.issued.len() == 3).then_some(())).await;
    scene
        .until(|facts| (facts.sessions.len() == 3).then_some(()))
        .await;
    scene.stop().await;
    let renewed = fs::read(&old).expect("an identity");
    assert_ne!(before, renewed);
    // As if it had ended between keeping and trying it.
    fs::write(&next, &renewed).expect("written");
    fs::write(&old, &before).expect("written");
    scene.begin();
    scene
        .until(|facts| (facts.sessions.len() == 4).then_some(()))
        .await;
    scene.stop().await;
    assert_eq!(fs::read(&old).expect("an identity"), renewed);
    assert!(!next.exists());
    let facts = scene.platform.facts();
    assert_eq!(facts.sessions[3], facts.issued[2]);
}

// R094
#[tokio::test(start_paused = true)]
async fn a_renewed_certificate_that_is_refused_is_given_up_and_the_present_one_stays() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene.stop().await;
    let (old, next) = (
        scene.state().join("identity.pem"),
        scene.state().join("identity.next.pem"),
    );
    let before = fs::read(&old).expect("an identity");
    // One of another authority.
    let mut other = Scene::begun();
    other.until_readings(1).await;
    other.stop().await;
    fs::copy(other.state().join("identity.pem"), &next).expect("copied");
    scene.begin();
    scene.until_readings(3).await;
    scene.stop().await;
    assert!(!next.exists());
    assert_eq!(fs::read(&old).expect("an identity"), before);
}
