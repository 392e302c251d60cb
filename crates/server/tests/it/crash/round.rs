//! One round: clients that post until the program is killed, and the questions that are asked afterwards.

use super::Random;
use super::ledger::{Found, Ledger, OBJECTS, Sent, TENANTS};
use crate::client::{Answer, Client};
use crate::program::{PASSWORD, Place, Program};
use http::Method;
use model::time::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Clients that post measurements, each to a source of its own.
const POSTERS: usize = 5;
/// Clients that make managed objects.
const MAKERS: usize = 2;
/// One more makes tenants.
const CLIENTS: usize = POSTERS + MAKERS + 1;

/// The most measurements that are posted together.
const BULK_MAX: u64 = 12;

const MEASUREMENTS: &str = "/measurement/measurements";
const MANAGED_OBJECTS: &str = "/inventory/managedObjects";
const ALL_TENANTS: &str = "/tenant/tenants";
const OPERATOR: &str = "management/admin";

/// What stays the same in all rounds.
pub(super) struct Scene {
    /// The sources of measurements.
    sources: Vec<String>,
    /// The next number that was never sent.
    next: Arc<AtomicU64>,
}

/// One round. How much is done before the kill is counted, not timed, so that a slow machine proves as much as a fast one.
pub(super) struct Round {
    pub(super) number: u32,
    /// The program is killed some time after so much was acknowledged in the round.
    pub(super) kill_after: Acknowledged,
    pub(super) and_then: Duration,
}

/// How many requests were acknowledged.
#[derive(Clone, Copy, Default)]
pub(super) struct Acknowledged {
    pub(super) requests: u64,
    /// Those of them that made a tenant; one takes as long as many others.
    pub(super) tenants: u64,
}

impl Scene {
    /// Makes the sources, and lets the operator in with the one-time secret.
    pub(super) async fn prepare(place: &Place, program: &Program) -> Self {
        let mut admin = Client::admin(place, program);
        let mut sources = Vec::new();
        for _ in 0..POSTERS {
            sources.push(
                admin
                    .post(MANAGED_OBJECTS, &json!({ "type": "source" }))
                    .await
                    .of(201)
                    .id(),
            );
        }
        let redeem = json!({
            "tenant": "management", "userName": "admin", "secret": place.operator_secret(), "password": PASSWORD
        });
        admin.post("/tenant/setup", &redeem).await.of(204);
        Self {
            sources,
            next: Arc::new(AtomicU64::new(1)),
        }
    }

    /// Compares what is there with what was sent since the last check.
    pub(super) async fn check_since_last(&self, place: &Place, program: &Program, ledger: &mut Ledger) {
        let mut admin = Client::admin(place, program);
        for source in &self.sources {
            if let Some(first) = ledger.first_unchecked(source) {
                let found = measurements(&mut admin, source, first).await;
                ledger.compare_since_last(source, &found);
            }
        }
        if let Some(first) = ledger.first_unchecked(OBJECTS) {
            let found = objects(&mut admin)
                .await
                .into_iter()
                .filter(|found| found.number >= first);
            ledger.compare_since_last(OBJECTS, &found.collect::<Vec<_>>());
        }
        if let Some(first) = ledger.first_unchecked(TENANTS) {
            let mut operator = Client::new(place, program, OPERATOR, PASSWORD);
            let found = tenants(&mut operator)
                .await
                .into_iter()
                .filter(|found| found.number >= first);
            let found: Vec<_> = found.collect();
            for tenant in &found {
                check_whole(place, program, &tenant.id).await;
            }
            ledger.compare_since_last(TENANTS, &found);
        }
        ledger.checked();
    }

    /// Compares everything that is there with everything that was ever sent.
    pub(super) async fn check_everything(&self, place: &Place, program: &Program, ledger: &Ledger) {
        let mut admin = Client::admin(place, program);
        for source in &self.sources {
            ledger.compare_everything(source, &measurements(&mut admin, source, 0).await);
        }
        ledger.compare_everything(OBJECTS, &objects(&mut admin).await);
        let mut operator = Client::new(place, program, OPERATOR, PASSWORD);
        ledger.compare_everything(TENANTS, &tenants(&mut operator).await);
        ledger.check_ids();
    }
}

impl Round {
    /// Lets all clients post until the kill.
    pub(super) async fn post(
        &self,
        place: &Place,
        program: &Program,
        scene: &Scene,
        random: &mut Random,
        ledger: &mut Ledger,
    ) {
        let together = Arc::new(Barrier::new(CLIENTS + 1));
        let (acknowledged, mut so_far) = watch::channel(Acknowledged::default());
        let mut clients = JoinSet::new();
        for place_in_line in 0..CLIENTS {
            let (who, kind) = match scene.sources.get(place_in_line) {
                Some(source) => (crate::program::ADMIN, Kind::Poster(source.clone())),
                None if place_in_line < POSTERS + MAKERS => (crate::program::ADMIN, Kind::Maker),
                None => (OPERATOR, Kind::TenantMaker),
            };
            let client = Client::new(place, program, who, PASSWORD);
            let own = Worker {
                client,
                kind,
                next: scene.next.clone(),
                random: Random(random.next()),
                acknowledged: acknowledged.clone(),
                sent: Vec::new(),
            };
            clients.spawn(own.work(together.clone()));
        }
        together.wait().await;
        let enough = |so_far: &Acknowledged| {
            so_far.requests >= self.kill_after.requests && so_far.tenants >= self.kill_after.tenants
        };
        let until_the_kill = async {
            tokio::select! {
                ended = clients.join_next() => return ended,
                _ = so_far.wait_for(enough) => {}
            }
            timeout(self.and_then, clients.join_next()).await.ok().flatten()
        };
        // Nobody ends before the kill.
        if let Some(ended) = until_the_kill.await {
            panic!(
                "round {}: a client was refused: {:?}",
                self.number,
                ended.map(drop)
            );
        }
        program.kill_now();
        while let Some(ended) = clients.join_next().await {
            ledger.add(ended.expect("no client was refused"));
        }
    }
}

enum Kind {
    Poster(String),
    Maker,
    TenantMaker,
}

/// A client at work.
struct Worker {
    client: Client,
    kind: Kind,
    next: Arc<AtomicU64>,
    random: Random,
    acknowledged: watch::Sender<Acknowledged>,
    sent: Vec<Sent>,
}

impl Worker {
    /// Signs in, waits for the others, and sends requests until there is no answer any more.
    async fn work(mut self, together: Arc<Barrier>) -> Vec<Sent> {
        self.client.get("/tenant/currentTenant").await.of(200);
        together.wait().await;
        loop {
            let (path, group, numbers, body) = self.request();
            self.sent.push(Sent {
                group,
                numbers,
                acknowledged: None,
            });
            let Ok(answer) = self.client.send(Method::POST, path, Some(&body)).await else {
                return self.sent;
            };
            let ids = ids(&answer.of(201));
            if let Some(sent) = self.sent.last_mut() {
                sent.acknowledged = Some(ids);
            }
            self.acknowledged.send_modify(|so_far| {
                so_far.requests += 1;
                so_far.tenants += u64::from(matches!(self.kind, Kind::TenantMaker));
            });
        }
    }

    fn request(&mut self) -> (&'static str, String, Vec<u64>, Value) {
        let count = match &self.kind {
            Kind::Poster(_) if self.random.below(2) == 0 => 2 + self.random.below(BULK_MAX - 1),
            _ => 1,
        };
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let numbers: Vec<u64> = (first..first + count).collect();
        match &self.kind {
            Kind::Poster(source) => (
                MEASUREMENTS,
                source.clone(),
                numbers,
                posted(source, first, count),
            ),
            Kind::Maker => {
                let body = json!({ "name": first.to_string(), "crash_Made": { "number": first } });
                (MANAGED_OBJECTS, OBJECTS.to_owned(), numbers, body)
            }
            Kind::TenantMaker => {
                let body = json!({
                    "id": format!("n{first}"), "domain": format!("n{first}.example.org"), "company": "made in a crash test",
                    "adminName": "admin", "adminPass": PASSWORD,
                });
                (ALL_TENANTS, TENANTS.to_owned(), numbers, body)
            }
        }
    }
}

/// One measurement alone, or more in a collection.
fn posted(source: &str, first: u64, count: u64) -> Value {
    let one = |number: u64| {
        json!({
            "source": { "id": source }, "time": time_of(number), "type": "crash",
            "crash_Posted": { "number": { "value": number } },
        })
    };
    match count {
        1 => one(first),
        _ => json!({ "measurements": (first..first + count).map(one).collect::<Vec<_>>() }),
    }
}

/// Later numbers have later times, so that the measurements of one round can be asked for.
fn time_of(number: u64) -> String {
    let millis = i64::try_from(number).expect("a small number") * 1_000;
    Timestamp::from_millis(1_700_000_000_000 + millis).to_string()
}

/// The ids in an answer, in order.
fn ids(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let of = |one: &Value| one["id"].as_str().expect("an id").to_owned();
    match body["measurements"].as_array() {
        Some(many) => many.iter().map(of).collect(),
        None => vec![of(&body)],
    }
}

async fn measurements(client: &mut Client, source: &str, first: u64) -> Vec<Found> {
    let path = format!("{MEASUREMENTS}?source={source}&dateFrom={}", time_of(first));
    let number = |one: &Value| {
        assert_eq!(one["source"]["id"], source);
        one["crash_Posted"]["number"]["value"].as_u64()
    };
    found(&client.list(&path, "measurements").await, number)
}

async fn objects(client: &mut Client) -> Vec<Found> {
    let list = client
        .list(
            &format!("{MANAGED_OBJECTS}?fragmentType=crash_Made"),
            "managedObjects",
        )
        .await;
    found(&list, |one| {
        assert_eq!(one["name"], one["crash_Made"]["number"].to_string());
        one["crash_Made"]["number"].as_u64()
    })
}

/// The tenants that the clients made; two were there before.
async fn tenants(client: &mut Client) -> Vec<Found> {
    let mut list = client
        .list(&format!("{ALL_TENANTS}?withParent=false"), "tenants")
        .await;
    list.retain(|one| one["company"] == "made in a crash test");
    found(&list, |one| one["id"].as_str()?.strip_prefix('n')?.parse().ok())
}

fn found(list: &[Value], number: impl Fn(&Value) -> Option<u64>) -> Vec<Found> {
    let one = |one: &Value| Found {
        number: number(one).expect("one of the posted"),
        id: one["id"].as_str().expect("an id").to_owned(),
    };
    list.iter().map(one).collect()
}

/// A tenant that is there is there as a whole: its administrator gets in, and the groups of every realm are there.
async fn check_whole(place: &Place, program: &Program, tenant: &str) {
    // R006
    let mut admin = Client::new(place, program, &format!("{tenant}/admin"), PASSWORD);
    let groups = admin
        .list(&format!("/user/{tenant}/groups?withTotalPages=false"), "groups")
        .await;
    let names: Vec<&str> = groups.iter().filter_map(|group| group["name"].as_str()).collect();
    let expected: Vec<&str> = engine::setup::TEMPLATES
        .iter()
        .map(|template| template.name)
        .collect();
    assert_eq!(names, expected, "{tenant}");
}
