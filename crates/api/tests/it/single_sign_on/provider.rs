//! An identity provider in memory: it answers what a real one does, and can be made to answer wrongly.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::single_sign_on::{Ask, Asking, Outside, Unreachable};
use engine::world::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) const ISSUER: &str = "https://id.example.org";
pub(super) const CLIENT: &str = "holdfast";
pub(super) const SECRET: &str = "the clients own secret";

pub(super) struct Provider {
    world: Arc<dyn World>,
    state: Mutex<State>,
}

struct State {
    key: Ed25519KeyPair,
    key_id: String,
    /// What is said of the one person there.
    claims: BTreeMap<String, Value>,
    /// What an access token says beside, if one is given.
    access: Option<BTreeMap<String, Value>>,
    /// The nonce and the challenge of each code.
    codes: HashMap<String, (String, String)>,
    made: usize,
    exchange: BTreeMap<String, String>,
    verifier_right: bool,
    is_down: bool,
    names_itself: bool,
    issuer: String,
    asked: BTreeMap<String, usize>,
    /// A whole answer in place of the right one.
    answer: Option<Value>,
    header: Option<String>,
}

/// The parameters of an address.
pub(super) fn query_of(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    pub(super) fn new(world: Arc<dyn World>) -> Self {
        let claims = [
            ("sub", json!("24400320")),
            ("preferred_username", json!("jane")),
            ("given_name", json!("Jane")),
            ("email", json!("jane@example.org")),
            ("groups", json!(["staff"])),
        ];
        let state = State {
            key: Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key"),
            key_id: "k1".to_owned(),
            claims: claims.map(|(name, value)| (name.to_owned(), value)).into(),
            access: None,
            codes: HashMap::new(),
            made: 0,
            exchange: BTreeMap::new(),
            verifier_right: false,
            is_down: false,
            names_itself: false,
            issuer: ISSUER.to_owned(),
            asked: BTreeMap::new(),
            answer: None,
            header: None,
        };
        Self {
            world,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("unpoisoned")
    }

    /// From now on this is said of the person; null: nothing.
    pub(super) fn say(&self, name: &str, value: Value) {
        match value {
            Value::Null => drop(self.state().claims.remove(name)),
            value => drop(self.state().claims.insert(name.to_owned(), value)),
        }
    }

    /// From now on an access token comes beside, which says this.
    pub(super) fn say_in_access_token(&self, claims: &[(&str, Value)]) {
        let claims = claims
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.state().access = Some(claims.collect());
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    pub(super) fn name_itself(&self) {
        self.state().names_itself = true;
    }

    /// What it calls itself where it is asked.
    pub(super) fn call_itself(&self, issuer: &str) {
        self.state().issuer = issuer.to_owned();
    }

    /// A new key, under this id.
    pub(super) fn rotate(&self, id: &str, seed: u8) {
        let mut state = self.state();
        state.key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key");
        state.key_id = id.to_owned();
    }

    pub(super) fn answer(&self, answer: Option<Value>) {
        self.state().answer = answer;
    }

    /// The header of its tokens from now on, whatever they are signed with.
    pub(super) fn head(&self, header: Option<&str>) {
        self.state().header = header.map(str::to_owned);
    }

    /// How often it was asked for something.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.state().asked.get(path).copied().unwrap_or(0)
    }

    /// The person signs in there: the code for the browser.
    pub(super) fn code_for(&self, query: &BTreeMap<String, String>) -> String {
        let mut state = self.state();
        state.made += 1;
        let code = format!("code-{}", state.made);
        let kept = (query["nonce"].clone(), query["code_challenge"].clone());
        state.codes.insert(code.clone(), kept);
        code
    }

    pub(super) fn last_exchange(&self) -> BTreeMap<String, String> {
        self.state().exchange.clone()
    }

    pub(super) fn was_verifier_right(&self) -> bool {
        self.state().verifier_right
    }

    fn answer_to(&self, ask: &Ask) -> Result<Value, Unreachable> {
        let path = ask.url.target();
        let mut state = self.state();
        *state.asked.entry(path.clone()).or_default() += 1;
        if state.is_down {
            return Err(Unreachable::NoConnection);
        }
        match path.as_str() {
            "/.well-known/openid-configuration" => Ok(json!({
                "issuer": state.issuer,
                "authorization_endpoint": "https://id.example.org/authorize",
                "token_endpoint": "https://id.example.org/token",
                "jwks_uri": "https://id.example.org/keys",
                "authorization_response_iss_parameter_supported": state.names_itself,
            })),
            "/keys" => Ok(json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "kid": state.key_id,
                "x": base64(state.key.public_key().as_ref()),
            }]})),
            "/token" => state.exchange(ask, self.world.now().millis() / 1_000),
            _ => Err(Unreachable::Status(404)),
        }
    }
}

impl State {
    fn exchange(&mut self, ask: &Ask, now: i64) -> Result<Value, Unreachable> {
        let form = ask.form.as_ref().expect("a form").expose().to_owned();
        self.exchange = query_of(&format!("?{form}"));
        // Once, as a provider must.
        let Some((nonce, challenge)) = self.codes.remove(&self.exchange["code"]) else {
            return Err(Unreachable::Status(400));
        };
        let verifier = digest(&SHA256, self.exchange["code_verifier"].as_bytes());
        self.verifier_right = base64(verifier.as_ref()) == challenge;
        if let Some(answer) = &self.answer {
            return Ok(answer.clone());
        }
        let usual = [
            ("iss", json!(ISSUER)),
            ("aud", json!(CLIENT)),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
            ("nonce", json!(nonce)),
        ];
        let token = |said: &BTreeMap<String, Value>| {
            let mut claims: BTreeMap<_, _> =
                usual.clone().map(|(name, value)| (name.to_owned(), value)).into();
            claims.extend(said.clone());
            self.sign(&serde_json::to_string(&claims).expect("JSON"))
        };
        let mut answer = json!({"token_type": "Bearer", "id_token": token(&self.claims)});
        if let Some(access) = &self.access {
            let mut said = access.clone();
            said.entry("sub".to_owned()).or_insert(self.claims["sub"].clone());
            answer["access_token"] = token(&said).into();
        }
        Ok(answer)
    }

    fn sign(&self, payload: &str) -> String {
        let header = self
            .header
            .clone()
            .unwrap_or_else(|| json!({"alg": "EdDSA", "kid": self.key_id}).to_string());
        let signed = format!("{}.{}", base64(header), base64(payload));
        let signature = base64(self.key.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }
}

impl Outside for Provider {
    fn ask(&self, ask: Ask) -> Asking<'_> {
        let answer = self.answer_to(&ask).map(|answer| answer.to_string().into_bytes());
        Box::pin(std::future::ready(answer))
    }
}
