//! What is stored is nowhere readable: everything that a client can send is sent once, and then every byte that the
//! program has left anywhere is searched for it.

use crate::client::{Client, authorization};
use crate::program::{ADMIN, PASSWORD, Place, files};
use memchr::memmem::Finder;
use model::time::Timestamp;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Words that stand nowhere else. Each is stored through the API by one of the requests below.
const WORDS: [&str; 27] = [
    "Zebrafink-Pumpe-7f3a91",
    "quokka_PumpType",
    "xq_Drosselklappe",
    "wombat_Member",
    "Kakadu im Keller",
    "tapir_Serial",
    "TAPIR-0815-4711",
    "okapi_Messung",
    "okapi_Type",
    "numbat_Reihe",
    "furlong/fortnight",
    "dugong.weber",
    "Ildefons",
    "Dugongweber",
    "dugong@example.net",
    "+49 30 9999 1234567",
    "axolotl_Custom",
    "Axolotl im Aquarium",
    "binturong-group",
    "Binturong, erzählt",
    "echidna-tenant",
    "Echidna Werke",
    "gharial was seen",
    "hoatzin-application",
    "serval swims upstream at dawn",
    "mongoose reads meters",
    "mongoose-key",
];
/// Sent and refused: what was tried is not kept either.
const REFUSED: [&str; 3] = ["jerboa.unknown", "jerboa guesses a password", "kinkajou_query"];
/// A value that is stored; searched for as text and as bytes.
const VALUE: f64 = 918_273.645_5;
const DIGITS: i64 = 9_182_736_455;
/// The password of the user that is made.
const NEW_PASSWORD: &str = "serval swims upstream at dawn";
/// The service account that is made.
const SERVICE: &str = "t100/service_canary";

/// What must not be found: what it is, and its bytes.
struct Canary {
    what: String,
    finder: Finder<'static>,
}

impl Canary {
    fn new(what: &str, bytes: &[u8]) -> Self {
        Self {
            what: what.to_owned(),
            finder: Finder::new(bytes).into_owned(),
        }
    }

    /// A text in the encodings in which it may lie in a file.
    fn text(text: &str) -> [Self; 3] {
        let wide = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        [
            Self::new(&format!("{text} (UTF-8)"), text.as_bytes()),
            Self::new(&format!("{text} (UTF-16LE)"), &wide(u16::to_le_bytes)),
            Self::new(&format!("{text} (UTF-16BE)"), &wide(u16::to_be_bytes)),
        ]
    }
}

/// Everything that was sent, and the one-time secret that was shown.
fn canaries(place: &Place) -> Vec<Canary> {
    let value = VALUE.to_string();
    let sign_ins = [
        authorization(ADMIN, PASSWORD),
        authorization("t100/dugong.weber", NEW_PASSWORD),
    ];
    let sign_ins = sign_ins
        .iter()
        .map(|header| header.to_str().expect("text").trim_start_matches("Basic "));
    let texts = WORDS
        .into_iter()
        .chain(REFUSED)
        .chain([&*value, PASSWORD, place.operator_secret()])
        .chain(sign_ins);
    let mut all: Vec<Canary> = texts.flat_map(Canary::text).collect();
    for (what, bytes) in [
        ("the value, LE", VALUE.to_le_bytes()),
        ("the value, BE", VALUE.to_be_bytes()),
        ("its digits, LE", DIGITS.to_le_bytes()),
        ("its digits, BE", DIGITS.to_be_bytes()),
    ] {
        all.push(Canary::new(what, &bytes));
    }
    all
}

/// The canaries that are found in some bytes.
fn found<'c>(canaries: &'c [Canary], bytes: &[u8]) -> Vec<&'c str> {
    let is_there = |canary: &&Canary| canary.finder.find(bytes).is_some();
    canaries
        .iter()
        .filter(is_there)
        .map(|canary| canary.what.as_str())
        .collect()
}

/// Searches every byte of every file, and the names of the files.
fn assert_nothing_in(directory: &Path, canaries: &[Canary]) -> u64 {
    let mut searched = 0;
    for path in files(directory) {
        // The engine may have removed a file meanwhile.
        let Ok(bytes) = fs::read(&path) else { continue };
        searched += bytes.len() as u64;
        assert_eq!(found(canaries, &bytes), Vec::<&str>::new(), "{}", path.display());
        let name = path.to_string_lossy().into_owned();
        assert_eq!(found(canaries, name.as_bytes()), Vec::<&str>::new(), "{name}");
    }
    searched
}

/// Sends every canary once, and gives the key of a service account that was shown for it.
async fn store_everything(admin: &mut Client, operator: &mut Client) -> String {
    let object = json!({
        "name": "Zebrafink-Pumpe-7f3a91", "type": "quokka_PumpType", "c8y_IsDevice": {},
        "xq_Drosselklappe": { "wombat_Member": "Kakadu im Keller", "number": VALUE },
    });
    let device = admin
        .post("/inventory/managedObjects", &object)
        .await
        .of(201)
        .id();
    let external = json!({ "type": "tapir_Serial", "externalId": "TAPIR-0815-4711" });
    admin
        .post(&format!("/identity/globalIds/{device}/externalIds"), &external)
        .await
        .of(201);
    let measured = json!({
        "source": { "id": device }, "time": Timestamp::from_millis(1_790_000_000_000).to_string(), "type": "okapi_Type",
        "okapi_Messung": { "numbat_Reihe": { "value": VALUE, "unit": "furlong/fortnight" } },
    });
    admin.post("/measurement/measurements", &measured).await.of(201);
    let bulk = json!({ "measurements": vec![measured; 50] });
    admin.post("/measurement/measurements", &bulk).await.of(201);
    let group = json!({ "name": "binturong-group", "description": "Binturong, erzählt" });
    admin.post("/user/t100/groups", &group).await.of(201);
    let user = json!({
        "userName": "dugong.weber", "password": NEW_PASSWORD, "firstName": "Ildefons", "lastName": "Dugongweber",
        "email": "dugong@example.net", "phone": "+49 30 9999 1234567",
        "customProperties": { "axolotl_Custom": "Axolotl im Aquarium" },
    });
    admin.post("/user/t100/users", &user).await.of(201);
    let record = json!({
        "type": "Inventory", "activity": "gharial was seen", "text": "gharial was seen", "source": { "id": device },
        "time": Timestamp::from_millis(1_790_000_000_000).to_string(),
    });
    admin.post("/audit/auditRecords", &record).await.of(201);
    let tenant = json!({
        "id": "echidna-tenant", "domain": "echidna-tenant.example.org", "company": "Echidna Werke", "adminName": "admin",
    });
    operator.post("/tenant/tenants", &tenant).await.of(201);
    let account = json!({ "userName": "service_canary", "description": "mongoose reads meters" });
    admin.post("/user/t100/serviceAccounts", &account).await.of(201);
    let key = json!({ "name": "mongoose-key" });
    let made = admin
        .post("/user/t100/serviceAccounts/service_canary/keys", &key)
        .await
        .of(201);
    made.json()["key"].as_str().expect("a key").to_owned()
}

/// Reads it all back, so that whatever is written by reading is written; and tries what is refused.
async fn read_everything(place: &Place, program: &crate::program::Program, admin: &mut Client, key: &str) {
    let found = admin
        .get("/inventory/managedObjects?fragmentType=xq_Drosselklappe")
        .await
        .of(200);
    assert_eq!(
        found.json()["managedObjects"].as_array().map(Vec::len),
        Some(1),
        "{}",
        found.text()
    );
    for path in [
        "/inventory/managedObjects?query=name%20eq%20'Zebrafink-Pumpe-7f3a91'",
        "/identity/externalIds/tapir_Serial/TAPIR-0815-4711",
        "/measurement/measurements?type=okapi_Type&pageSize=100",
        "/user/t100/users/dugong.weber",
        "/audit/auditRecords?pageSize=100",
        "/audit/bundle",
    ] {
        admin.get(path).await.of(200);
    }
    admin
        .get("/inventory/managedObjects?query=kinkajou_query%20eq")
        .await
        .of(422);
    let mut user = Client::new(place, program, "t100/dugong.weber", NEW_PASSWORD);
    user.with_application("hoatzin-application");
    user.get("/user/currentUser").await.of(200);
    let mut service = Client::new(place, program, SERVICE, key);
    service.get("/user/currentUser").await.of(200);
    let mut stranger = Client::new(place, program, "t100/jerboa.unknown", "jerboa guesses a password");
    stranger.get("/user/currentUser").await.of(401);
    let mut wrong = Client::new(place, program, ADMIN, "jerboa guesses a password");
    wrong.get("/user/currentUser").await.of(401);
}

async fn nothing_is_readable_with(engine: &'static str) {
    let place = Place::new()
        .with("HOLDFAST__STORAGE__ENGINE", engine)
        .with("HOLDFAST__LOG__LEVEL", "trace")
        .set_up();
    let mut canaries = canaries(&place);
    let program = place.serve();
    let mut admin = Client::admin(&place, &program);
    let redeem = json!({
        "tenant": "management", "userName": "admin", "secret": place.operator_secret(), "password": PASSWORD
    });
    admin.post("/tenant/setup", &redeem).await.of(204);
    let mut operator = Client::new(&place, &program, "management/admin", PASSWORD);
    let key = store_everything(&mut admin, &mut operator).await;
    let header = authorization(SERVICE, &key);
    let sent = header.to_str().expect("text").trim_start_matches("Basic ");
    // Its digits too: whoever has those has the key.
    let digits = key.trim_start_matches("hfk_t100_");
    canaries.extend([&*key, digits, sent].into_iter().flat_map(Canary::text));
    read_everything(&place, &program, &mut admin, &key).await;
    assert_nothing_in(&place.data(), &canaries);
    assert_nothing_in(&place.file("tmp"), &canaries);
    let before = program.stop();
    assert_eq!(before.status.code(), Some(0));

    // Once more: a start may write what was only in memory, or compact what was there.
    let program = place.serve();
    let mut admin = Client::admin(&place, &program);
    read_everything(&place, &program, &mut admin, &key).await;
    let after = program.stop();
    let searched = assert_nothing_in(&place.data(), &canaries);
    assert!(searched > 10_000, "only {searched} bytes were searched");
    assert_nothing_in(&place.file("tmp"), &canaries);
    for printed in [before, after] {
        assert!(printed.log.contains("stopping"), "{}", printed.log);
        for text in [printed.out, printed.log] {
            assert_eq!(found(&canaries, text.as_bytes()), Vec::<&str>::new());
        }
    }
}

#[tokio::test]
async fn no_byte_that_the_program_leaves_shows_what_was_stored() {
    // R051, R139
    nothing_is_readable_with("fjall").await;
}

#[tokio::test]
async fn nor_with_the_second_engine() {
    // R139
    nothing_is_readable_with("redb").await;
}

#[test]
fn the_search_finds_what_is_there() {
    let place = Place::ready();
    let canaries = canaries(&place);
    let wide: Vec<u8> = "xx Dugongweber"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(found(&canaries, &wide), ["Dugongweber (UTF-16BE)"]);
    let row = [&[0; 5][..], &VALUE.to_le_bytes(), b"...918273.6455"].concat();
    assert_eq!(found(&canaries, &row), ["918273.6455 (UTF-8)", "the value, LE"]);
    assert_eq!(found(&canaries, b"nothing of it"), Vec::<&str>::new());
}
