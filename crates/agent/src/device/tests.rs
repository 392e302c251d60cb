//! The agent against a small platform: what it sends, that nothing is lost or done twice, whatever ends when.

use super::*;
use crate::test_platform::{Facts, PASSWORD, Platform, ToBroker, to_https};
use crate::test_server::InProcess;
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use tokio::sync::oneshot;

mod enrolling;
mod obeying;
mod renewing;
mod sending;

/// The agent, and what tells it to stop.
type Running = (JoinHandle<Result<(), AgentError>>, oneshot::Sender<()>);

/// A machine with its agent, and the platform that it belongs to. Time stands still but for what the agent waits for.
struct Scene {
    platform: Arc<Platform>,
    place: TempDir,
    policy: Policy,
    /// How far the device's clock is before the real one.
    ahead_millis: Arc<AtomicI64>,
    begun: (Instant, i64),
    running: Option<Running>,
}

impl Scene {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(place.path().join("root/proc/sys/kernel/random")).expect("directories");
        let scene = Self {
            platform: Platform::new(),
            place,
            policy: Policy::default(),
            ahead_millis: Arc::default(),
            begun: (Instant::now(), crate::test_platform::now().millis()),
            running: None,
        };
        scene.boot("one");
        scene
    }

    fn begun() -> Self {
        let mut scene = Self::new();
        scene.begin();
        scene
    }

    /// The machine runs under another id.
    fn boot(&self, id: &str) {
        self.write("root/proc/sys/kernel/random/boot_id", id);
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.place.path().join(path), text).expect("written");
    }

    fn state(&self) -> PathBuf {
        self.place.path().join("state")
    }

    fn options(&self) -> AgentOptions {
        AgentOptions {
            state: self.state(),
            said: Said {
                server: Some("https://localhost".parse().expect("a URL")),
                mqtt: None,
                ca_pem: Some(self.platform.ca_pem()),
                device: Some("d1".parse().expect("an id")),
            },
            tenant: None,
            one_time_password: Some(Secret::new(PASSWORD)),
            name: "Shed".parse().expect("a name"),
            period: Duration::from_secs(10),
            policy: self.policy.clone(),
            watched: Vec::new(),
        }
    }

    fn begin(&mut self) {
        self.begin_with(self.options());
    }

    fn begin_with(&mut self, options: AgentOptions) {
        let (stop, stopped) = oneshot::channel();
        let run = run_in(self.world(), options, async {
            let _ = stopped.await;
        });
        self.running = Some((tokio::spawn(run), stop));
    }

    fn world(
        &self,
    ) -> World<
        impl Fn(&Home) -> InProcess + use<>,
        impl Fn(&Home) -> ToBroker + use<>,
        impl FnMut() -> Fragments + Send + 'static + use<>,
    > {
        let (https, mqtt) = (to_https(&self.platform), ToBroker(Arc::clone(&self.platform)));
        let ((begun, start), ahead) = (self.begun, Arc::clone(&self.ahead_millis));
        let sample = || {
            [("c8y_Test".to_owned(), json!({ "N": { "value": 1 } }))]
                .into_iter()
                .collect()
        };
        World {
            https: move |_: &Home| https.clone(),
            mqtt: move |_: &Home| mqtt.clone(),
            sample,
            now: Arc::new(move || {
                let passed = begun.elapsed().as_millis() as i64;
                Timestamp::from_millis(start + passed + ahead.load(Ordering::SeqCst))
            }),
            random: || 0,
            root: self.place.path().join("root"),
            machine: Machine {
                host_name: "shed".to_owned(),
                external_id: "x".parse().expect("a label"),
                model: None,
                revision: None,
            },
        }
    }

    /// Tells the agent to stop, and waits for it.
    async fn stop(&mut self) {
        let (running, stop) = self.running.take().expect("it runs");
        stop.send(()).expect("it waits for it");
        running.await.expect("no panic").expect("a good end");
    }

    /// Ends the agent where it is.
    async fn kill(&mut self) {
        let (running, _stop) = self.running.take().expect("it runs");
        running.abort();
        assert!(running.await.expect_err("aborted").is_cancelled());
        // A thread that looks at the machine ends a little later than its process would.
        while matches!(State::open(&self.state()), Err(StateError::InUse(_))) {
            tokio::task::yield_now().await;
        }
    }

    /// How the agent ended by itself.
    async fn ended(&mut self) -> AgentError {
        let (running, _stop) = self.running.take().expect("it ran");
        running.await.expect("no panic").expect_err("an error")
    }

    /// The times of the readings that have arrived.
    fn readings(&self) -> Vec<String> {
        let found = self.platform.on("measurement/measurements/create");
        let time = |text: &String| json_of(text)["time"].as_str().expect("a time").to_owned();
        found.iter().map(time).collect()
    }

    /// Waits until the platform has seen what is wanted. An agent that has ended need not be waited for.
    async fn until(&mut self, what: impl FnMut(&Facts) -> Option<()>) {
        let (running, _) = self.running.as_mut().expect("it runs");
        tokio::select! {
            () = self.platform.until(what) => {}
            ended = running => panic!("the agent has ended: {ended:?}"),
            // tidy: paused time
            () = tokio::time::sleep(Duration::from_secs(1_000_000)) => panic!("for days: {:?}", self.platform.facts().taken.last()),
        }
    }

    /// Lets time pass.
    async fn pass(&self, seconds: u64) {
        // tidy: paused time
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    async fn until_readings(&mut self, count: usize) {
        self.until(|facts| {
            let found = facts
                .taken
                .iter()
                .filter(|(topic, _)| topic.starts_with("measurement"));
            (found.count() >= count).then_some(())
        })
        .await;
    }

    /// Rows of operations that have arrived.
    fn answers(&self) -> Vec<String> {
        let rows = self.platform.on("s/us");
        rows.into_iter().filter(|row| row.starts_with("50")).collect()
    }

    async fn until_answers(&mut self, count: usize) -> Vec<String> {
        self.until(|facts| {
            let rows = facts
                .taken
                .iter()
                .filter(|(topic, row)| topic == "s/us" && row.starts_with("50"));
            (rows.count() >= count).then_some(())
        })
        .await;
        self.answers()
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn asked(id: u32, fragment: &Value) -> Value {
    let mut document = json!({
        "id": id.to_string(),
        "creationTime": "2026-01-01T00:00:00.000Z",
        "status": "PENDING",
        "externalSource": { "externalId": "d1", "type": "c8y_Serial" },
    });
    let fields = document.as_object_mut().expect("an object");
    fields.extend(fragment.as_object().expect("an object").clone());
    document
}
