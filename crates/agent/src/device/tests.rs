//! The agent against a small platform: what it sends, and that nothing is lost when the platform is away.

use super::sender::BULK_READINGS_MAX;
use super::*;
use crate::test_server::{InProcess, Reply, Seen, TestServer};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

const MEASUREMENT: &str = "application/vnd.com.nsn.cumulocity.measurement+json";
const COLLECTION: &str = "application/vnd.com.nsn.cumulocity.measurementcollection+json";

/// As much of a platform as a device needs.
#[derive(Default)]
struct Platform {
    seen: Vec<Seen>,
    /// The last object that was created, and the one that has the external id.
    created: u64,
    bound: Option<u64>,
    measurements: Vec<Value>,
    /// Answers every request whose path begins with the text like this.
    fault: Option<(&'static str, StatusCode)>,
    retry_after: Option<&'static str>,
    /// Refuses every request that holds the reading with this number.
    poison: Option<u64>,
}

impl Platform {
    fn handle(&mut self, request: &Seen) -> Reply {
        self.seen.push(request.clone());
        if let Some((path, status)) = self.fault
            && request.path.starts_with(path)
        {
            return Reply {
                status,
                retry_after: self.retry_after,
                ..Reply::default()
            };
        }
        let (status, body) = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/identity/externalIds/c8y_Serial/serial%2F1") => match self.bound {
                Some(id) => (
                    StatusCode::OK,
                    json!({ "managedObject": { "id": id.to_string() } }),
                ),
                None => (StatusCode::NOT_FOUND, json!({ "error": "identity/Not Found" })),
            },
            ("POST", "/inventory/managedObjects") => {
                self.created += 100;
                (StatusCode::CREATED, json!({ "id": self.created.to_string() }))
            }
            ("POST", "/measurement/measurements") => (self.take(&request.body), Value::Null),
            ("POST", path) if path == format!("/identity/globalIds/{}/externalIds", self.created) => {
                self.bound = Some(self.created);
                (StatusCode::CREATED, Value::Null)
            }
            (method, path) => panic!("unexpected request: {method} {path}"),
        };
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Reply {
            status,
            body,
            ..Reply::default()
        }
    }

    fn take(&mut self, body: &Value) -> StatusCode {
        let documents = match &body["measurements"] {
            Value::Array(documents) => documents.clone(),
            _ => vec![body.clone()],
        };
        let source = self.bound.map(|id| json!(id.to_string()));
        let refused = documents.iter().any(|document| {
            Some(&document["source"]["id"]) != source.as_ref()
                || self.poison.is_some_and(|n| number(document) == n)
        });
        if refused {
            return StatusCode::UNPROCESSABLE_ENTITY;
        }
        self.measurements.extend(documents);
        StatusCode::CREATED
    }
}

/// The running number that the test's sampler put into a measurement.
fn number(document: &Value) -> u64 {
    document["c8y_Test"]["N"]["value"].as_u64().expect("a number")
}

/// An agent that runs against a platform; time stands still but for [`Scene::pass`].
struct Scene {
    platform: Arc<Mutex<Platform>>,
    server: Arc<TestServer>,
}

impl Scene {
    /// Starts the agent. Its n-th reading is taken at second n.
    fn begin(platform: Platform) -> Self {
        let platform = Arc::new(Mutex::new(platform));
        let handling = Arc::clone(&platform);
        let server = TestServer::new(move |request| handling.lock().expect("unpoisoned").handle(request));
        let options = AgentOptions {
            base_url: "https://localhost:8443".parse().expect("a URL"),
            ca_pem: server.ca_pem.clone(),
            tenant: "t100".parse().expect("a tenant"),
            user: "device_1".parse().expect("a user"),
            secret: Secret::new("secret"),
            external_id: "serial/1".parse().expect("a label"),
            name: "Shed".parse().expect("a label"),
        };
        let machine = Machine {
            host_name: "shed".into(),
            external_id: "unused".parse().expect("a label"),
            model: Some("Model T".into()),
            revision: None,
        };
        let mut count = 0;
        let sample = move || {
            count += 1;
            [("c8y_Test".to_owned(), json!({ "N": { "value": count } }))]
                .into_iter()
                .collect()
        };
        let start = Instant::now();
        let now = move || Timestamp::from_millis(start.elapsed().as_millis() as i64);
        let world = World {
            dial: InProcess(Arc::clone(&server)),
            sample,
            now,
            random: || 0,
        };
        tokio::spawn(async move {
            let ended = run_in(world, options, &machine, std::future::pending()).await;
            panic!("the agent ended: {ended:?}");
        });
        Self { platform, server }
    }

    /// Lets time pass. Scenes begin with half a period, so that they look between two readings.
    async fn pass(&self, seconds: f64) {
        // tidy: paused time
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }

    fn platform(&self) -> std::sync::MutexGuard<'_, Platform> {
        self.platform.lock().expect("unpoisoned")
    }

    /// Numbers of the readings that arrived, in the order of arrival.
    fn arrived(&self) -> Vec<u64> {
        self.platform().measurements.iter().map(number).collect()
    }

    /// Verbs and paths since this was last asked.
    fn requests(&self) -> Vec<String> {
        let seen = std::mem::take(&mut self.platform().seen);
        seen.iter()
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }
}

// R080
#[tokio::test(start_paused = true)]
async fn a_new_machine_creates_its_device_and_gives_it_its_external_id() {
    let scene = Scene::begin(Platform::default());
    scene.pass(1.5).await;
    let seen = std::mem::take(&mut scene.platform().seen);
    let request = |method, path: &str, content_type: Option<&str>, accept: bool, body| Seen {
        method,
        path: path.to_owned(),
        host: Some("localhost:8443".to_owned()),
        accept: accept.then(|| "application/json".to_owned()),
        content_type: content_type.map(str::to_owned),
        // printf t100/device_1:secret | base64
        authorization: Some("Basic dDEwMC9kZXZpY2VfMTpzZWNyZXQ=".to_owned()),
        body,
    };
    let device = json!({
        "name": "Shed",
        "type": "holdfast_Machine",
        "c8y_IsDevice": {},
        "com_cumulocity_model_Agent": {},
        "c8y_Hardware": { "model": "Model T", "serialNumber": "serial/1" },
        "c8y_Agent": { "name": "holdfast-agent", "version": env!("CARGO_PKG_VERSION") },
        "c8y_RequiredAvailability": { "responseInterval": 2 },
        "c8y_SupportedMeasurements": ["c8y_Test"],
    });
    let external_id = json!({ "type": "c8y_Serial", "externalId": "serial/1" });
    let measurement = json!({
        "source": { "id": "100" },
        "time": "1970-01-01T00:00:01.000Z",
        "type": "holdfast_MachineReadings",
        "c8y_Test": { "N": { "value": 1 } },
    });
    let find = "/identity/externalIds/c8y_Serial/serial%2F1";
    let object = Some("application/vnd.com.nsn.cumulocity.managedobject+json");
    let external = Some("application/vnd.com.nsn.cumulocity.externalid+json");
    let expected = [
        request(Method::GET, find, None, true, Value::Null),
        request(Method::POST, "/inventory/managedObjects", object, true, device),
        request(
            Method::POST,
            "/identity/globalIds/100/externalIds",
            external,
            false,
            external_id,
        ),
        request(
            Method::POST,
            "/measurement/measurements",
            Some(MEASUREMENT),
            false,
            measurement,
        ),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn a_known_machine_sends_one_measurement_a_second_over_one_connection() {
    let scene = Scene::begin(Platform {
        bound: Some(7),
        ..Platform::default()
    });
    scene.pass(60.5).await;
    assert_eq!(scene.arrived(), (1..=60).collect::<Vec<_>>());
    for (second, document) in (1..).zip(&scene.platform().measurements) {
        assert_eq!(
            document["time"],
            json!(Timestamp::from_millis(second * 1_000).to_string())
        );
        assert_eq!(document["source"]["id"], "7");
    }
    let requests = scene.requests();
    assert_eq!(requests.len(), 61);
    assert!(
        requests[1..]
            .iter()
            .all(|request| request == "POST /measurement/measurements")
    );
    assert_eq!(scene.server.connections.load(Ordering::SeqCst), 1);
}

// R086: within what memory holds
#[tokio::test(start_paused = true)]
async fn readings_wait_while_the_server_is_busy_and_come_in_bulk_and_in_order() {
    let scene = Scene::begin(Platform {
        bound: Some(7),
        ..Platform::default()
    });
    scene.pass(5.5).await;
    scene.platform().fault = Some(("/measurement", StatusCode::SERVICE_UNAVAILABLE));
    scene.pass(600.0).await;
    assert_eq!(scene.arrived().len(), 5);
    let tries = scene.requests().len();
    assert!(tries < 40, "{tries} requests in ten minutes");
    scene.platform().fault = None;
    scene.pass(60.0).await;
    assert_eq!(scene.arrived(), (1..=665).collect::<Vec<_>>());
    let seen = std::mem::take(&mut scene.platform().seen);
    let bulks: Vec<_> = seen
        .iter()
        .filter(|seen| seen.content_type.as_deref() == Some(COLLECTION))
        .collect();
    let length = |seen: &&Seen| seen.body["measurements"].as_array().expect("a list").len();
    assert!((2..=4).contains(&bulks.len()), "{} bulks", bulks.len());
    assert!(bulks.iter().all(|bulk| length(bulk) <= BULK_READINGS_MAX));
    scene.pass(1.0).await;
    assert_eq!(
        scene.platform().seen[0].content_type.as_deref(),
        Some(MEASUREMENT)
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_when_to_return_is_left_alone_until_then() {
    let scene = Scene::begin(Platform {
        bound: Some(7),
        ..Platform::default()
    });
    scene.pass(1.5).await;
    scene.platform().fault = Some(("/measurement", StatusCode::SERVICE_UNAVAILABLE));
    scene.platform().retry_after = Some("30");
    scene.requests();
    scene.pass(30.0).await;
    assert_eq!(scene.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_is_waited_for() {
    let scene = Scene::begin(Platform::default());
    scene.server.down.store(true, Ordering::SeqCst);
    scene.pass(300.5).await;
    scene.server.down.store(false, Ordering::SeqCst);
    scene.pass(61.0).await;
    assert_eq!(scene.arrived(), (1..=361).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_tried_slowly_and_nothing_is_lost_once_they_work() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let scene = Scene::begin(Platform {
            bound: Some(7),
            fault: Some(("/", status)),
            ..Platform::default()
        });
        scene.pass(600.5).await;
        assert_eq!(scene.requests().len(), 10, "{status}");
        scene.platform().fault = None;
        scene.pass(61.0).await;
        assert_eq!(scene.arrived(), (1..=661).collect::<Vec<_>>(), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_breaks_off_goes_on_with_the_object_already_created() {
    let scene = Scene::begin(Platform {
        fault: Some(("/identity/globalIds", StatusCode::SERVICE_UNAVAILABLE)),
        ..Platform::default()
    });
    scene.pass(100.5).await;
    scene.platform().fault = None;
    scene.pass(61.0).await;
    let creations = scene
        .requests()
        .iter()
        .filter(|request| request.contains("managedObjects"))
        .count();
    assert_eq!(creations, 1);
    assert_eq!(scene.arrived(), (1..=161).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_device_that_was_deleted_is_registered_again() {
    let scene = Scene::begin(Platform::default());
    scene.pass(3.5).await;
    scene.platform().bound = None;
    scene.pass(10.0).await;
    assert_eq!(scene.platform().bound, Some(200));
    assert_eq!(scene.arrived(), (1..=13).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn only_the_reading_that_the_server_refuses_is_given_up() {
    let scene = Scene::begin(Platform {
        bound: Some(7),
        poison: Some(10),
        ..Platform::default()
    });
    scene.pass(5.5).await;
    scene.platform().fault = Some(("/measurement", StatusCode::SERVICE_UNAVAILABLE));
    scene.pass(10.0).await;
    scene.platform().fault = None;
    scene.pass(60.0).await;
    let arrived = scene.arrived();
    assert_eq!(
        arrived,
        (1..=75).filter(|number| *number != 10).collect::<Vec<_>>()
    );
    assert_eq!(arrived.iter().collect::<BTreeSet<_>>().len(), arrived.len());
}

#[tokio::test]
async fn the_agent_ends_when_it_is_told_to() {
    let options = AgentOptions {
        // Nothing listens here, and nothing is sent before the first reading.
        base_url: "https://127.0.0.1:1".parse().expect("a URL"),
        ca_pem: TestServer::new(|_| Reply::default()).ca_pem.clone(),
        tenant: "t100".parse().expect("a tenant"),
        user: "device_1".parse().expect("a user"),
        secret: Secret::new("secret"),
        external_id: "1".parse().expect("a label"),
        name: "Shed".parse().expect("a label"),
    };
    assert!(run(options, std::future::ready(())).await.is_ok());
}
