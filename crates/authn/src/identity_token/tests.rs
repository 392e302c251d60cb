//! Attacks on tokens of providers, one by one (R052): whatever was not signed by the expected issuer, for this client, this
//! sign-in and this time, is refused.

use super::*;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use model::limits::IDENTITY_JSON_DEPTH_MAX;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

const NOW: i64 = 1_794_960_000_000;
const ISSUER: &str = "https://id.example.org/realm";
const CLIENT: &str = "holdfast";
const NONCE: &str = "n-0S6_WzA2Mj";

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));
static OTHER_RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa_key(id: &str, pair: &RsaKeyPair) -> Value {
    // An `RSAPublicKey` (RFC 8017, A.1.1) of 2,048 bits: two integers, each behind its length.
    let encoded = pair.public_key().as_ref();
    let (modulus, exponent) = (&encoded[9..265], &encoded[267..]);
    json!({"kty": "RSA", "use": "sig", "kid": id, "n": base64(modulus), "e": base64(exponent)})
}

fn keys(keys: &[Value]) -> ProviderKeys {
    ProviderKeys::parse(json!({ "keys": keys }).to_string().as_bytes()).expect("keys")
}

fn our_keys() -> ProviderKeys {
    keys(&[rsa_key("k1", &RSA), rsa_key("k2", &OTHER_RSA)])
}

fn by_rsa(signed: &[u8]) -> Vec<u8> {
    rsa(&RSA, &RSA_PKCS1_SHA256, signed)
}

fn rsa(pair: &RsaKeyPair, padding: &'static dyn aws_lc_rs::signature::RsaEncoding, signed: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), signed, &mut signature)
        .expect("signed");
    signature
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "24400320", "nonce": NONCE,
        "iat": NOW / 1_000, "exp": NOW / 1_000 + 300, "email": "jane@example.org",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove(name);
    claims
}

fn token(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", base64(header), base64(payload));
    format!("{signed}.{}", base64(sign(signed.as_bytes())))
}

const HEADER: &str = r#"{"alg":"RS256","kid":"k1","typ":"JWT"}"#;

fn right(claims: &Value) -> String {
    token(HEADER, &claims.to_string(), by_rsa)
}

fn expected(now: i64) -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client: CLIENT,
        now: Timestamp::from_millis(now),
    }
}

fn open_with(text: &str, keys: &ProviderKeys, now: i64) -> Result<OutsideClaims, BadIdentityToken> {
    OutsideToken::parse(text)?.open_id(keys, expected(now), NONCE)
}

fn open(text: &str) -> Result<OutsideClaims, BadIdentityToken> {
    open_with(text, &our_keys(), NOW)
}

#[test]
fn a_token_of_the_issuer_for_this_sign_in_says_who_it_is() {
    let claims = open(&right(&claims())).expect("good");
    assert_eq!(claims.subject, "24400320");
    assert_eq!(
        claims.all.get("email").and_then(Json::as_str),
        Some("jane@example.org")
    );
    assert!(!claims.with_factors());
    let factors = open(&right(&with("amr", json!(["pwd", "mfa"])))).expect("good");
    assert!(factors.with_factors());
    // Several audiences, of which this is the party.
    let mut several = with("aud", json!(["other", CLIENT]));
    several["azp"] = json!(CLIENT);
    assert!(open(&right(&several)).is_ok());
}

// R052: the table of attacks. Each token is right apart from what its name says.
#[test]
fn every_forged_token_is_refused() {
    let payload = claims().to_string();
    let public = RSA.public_key().as_der().expect("DER").as_ref().to_vec();
    let hmac = |secret: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        move |signed: &[u8]| hmac::sign(&key, signed).as_ref().to_vec()
    };
    let header = |text: &str| token(text, &payload, by_rsa);
    let foreign = |text: &str| {
        token(text, &payload, |signed| {
            rsa(&OTHER_RSA, &RSA_PKCS1_SHA256, signed)
        })
    };
    let own_key = rsa_key("k1", &OTHER_RSA);
    let pem = "-----BEGIN PUBLIC KEY-----";
    use BadIdentityToken::{Form, Signature, UnknownKey};
    let attacks = [
        (
            "alg none",
            token(r#"{"alg":"none","kid":"k1"}"#, &payload, |_| Vec::new()),
            UnknownKey,
        ),
        (
            "alg None",
            token(r#"{"alg":"None","kid":"k1"}"#, &payload, |_| Vec::new()),
            UnknownKey,
        ),
        ("no alg", header(r#"{"kid":"k1"}"#), UnknownKey),
        ("alg empty", header(r#"{"alg":"","kid":"k1"}"#), UnknownKey),
        ("alg a list", header(r#"{"alg":["RS256"],"kid":"k1"}"#), Form),
        (
            "HS256 with the public key",
            token(r#"{"alg":"HS256","kid":"k1"}"#, &payload, hmac(&public)),
            UnknownKey,
        ),
        (
            "HS256 with its text",
            token(r#"{"alg":"HS256","kid":"k1"}"#, &payload, hmac(pem.as_bytes())),
            UnknownKey,
        ),
        (
            "RS256 made by HMAC",
            token(HEADER, &payload, hmac(&public)),
            Signature,
        ),
        ("RS512", header(r#"{"alg":"RS512","kid":"k1"}"#), UnknownKey),
        (
            "PS256 with a key for RS256",
            header(r#"{"alg":"PS256","kid":"k1"}"#),
            UnknownKey,
        ),
        (
            "ES256 with an RSA key",
            header(r#"{"alg":"ES256","kid":"k1"}"#),
            UnknownKey,
        ),
        ("another key under this id", foreign(HEADER), Signature),
        (
            "an id that nobody has",
            header(r#"{"alg":"RS256","kid":"k3"}"#),
            UnknownKey,
        ),
        (
            "no id where there are two keys",
            header(r#"{"alg":"RS256"}"#),
            UnknownKey,
        ),
        (
            "an id that is a path",
            header(r#"{"alg":"RS256","kid":"../../dev/null"}"#),
            UnknownKey,
        ),
        (
            "its own key",
            foreign(&json!({"alg": "RS256", "kid": "k1", "jwk": own_key}).to_string()),
            Signature,
        ),
        (
            "a place for keys",
            foreign(r#"{"alg":"RS256","kid":"k1","jku":"https://evil.example/keys"}"#),
            Signature,
        ),
        (
            "a place for certificates",
            foreign(r#"{"alg":"RS256","kid":"k1","x5u":"https://evil.example/chain"}"#),
            Signature,
        ),
        (
            "its own certificate",
            foreign(r#"{"alg":"RS256","kid":"k1","x5c":["MIIB"]}"#),
            Signature,
        ),
        (
            "something that must be understood",
            header(r#"{"alg":"RS256","kid":"k1","crit":["b64"],"b64":false}"#),
            Form,
        ),
        (
            "a token of another kind",
            header(r#"{"alg":"RS256","kid":"k1","typ":"logout+jwt"}"#),
            Form,
        ),
        (
            "a header twice",
            header(r#"{"alg":"none","alg":"RS256","kid":"k1"}"#),
            Form,
        ),
        ("no signature", token(HEADER, &payload, |_| Vec::new()), Signature),
        (
            "a signature of zeroes",
            token(HEADER, &payload, |_| vec![0; 256]),
            Signature,
        ),
        ("two signatures", format!("{}.AAAA", right(&claims())), Form),
        ("padding", format!("{}=", right(&claims())), Form),
        (
            "too large",
            right(&with("x", json!("x".repeat(IDENTITY_TOKEN_BYTES_MAX)))),
            Form,
        ),
        ("no token", "opaque".to_owned(), Form),
        ("nothing", String::new(), Form),
    ];
    for (name, text, expected) in attacks {
        assert_eq!(open(&text), Err(expected), "{name}");
    }
}

// R052: signed by the issuer, and still not for us.
#[test]
fn every_token_with_a_wrong_claim_is_refused() {
    use BadIdentityToken::{Audience, Claims, Early, Expired, Form, Issuer, Nonce};
    let seconds = NOW / 1_000;
    let mut foreign_party = with("aud", json!([CLIENT, "other"]));
    foreign_party["azp"] = json!("other");
    let deep = format!(
        "{}1{}",
        "[".repeat(IDENTITY_JSON_DEPTH_MAX),
        "]".repeat(IDENTITY_JSON_DEPTH_MAX)
    );
    let text = claims().to_string();
    let more = |more: &str| text.replacen('{', &format!("{{{more},"), 1);
    for (name, payload, expected) in [
        (
            "of another issuer",
            with("iss", json!("https://evil.example")).to_string(),
            Issuer,
        ),
        (
            "of an issuer with a slash more",
            with("iss", json!(format!("{ISSUER}/"))).to_string(),
            Issuer,
        ),
        (
            "of an issuer in other letters",
            with("iss", json!(ISSUER.to_uppercase())).to_string(),
            Issuer,
        ),
        ("of no issuer", without("iss").to_string(), Issuer),
        ("of two issuers", with("iss", json!([ISSUER])).to_string(), Claims),
        (
            "for another client",
            with("aud", json!("other")).to_string(),
            Audience,
        ),
        ("for nobody", without("aud").to_string(), Audience),
        (
            "for several, of which none is the party",
            with("aud", json!([CLIENT, "other"])).to_string(),
            Audience,
        ),
        ("given to another client", foreign_party.to_string(), Audience),
        (
            "given to another client alone",
            with("azp", json!("other")).to_string(),
            Audience,
        ),
        ("expired", with("exp", json!(seconds - 60)).to_string(), Expired),
        ("never expiring", without("exp").to_string(), Claims),
        (
            "expiring as a text",
            with("exp", json!("4102444800")).to_string(),
            Claims,
        ),
        (
            "expiring at no time",
            with("exp", json!(1e300)).to_string(),
            Claims,
        ),
        (
            "expiring before there was time",
            with("exp", json!(-1)).to_string(),
            Claims,
        ),
        (
            "not good yet",
            with("nbf", json!(seconds + 61)).to_string(),
            Early,
        ),
        (
            "issued in the future",
            with("iat", json!(seconds + 61)).to_string(),
            Early,
        ),
        ("never issued", without("iat").to_string(), Claims),
        (
            "for another sign-in",
            with("nonce", json!("other")).to_string(),
            Nonce,
        ),
        ("for no sign-in", without("nonce").to_string(), Nonce),
        ("about nobody", without("sub").to_string(), Claims),
        (
            "about somebody without a name",
            with("sub", json!("")).to_string(),
            Claims,
        ),
        ("about a number", with("sub", json!(1)).to_string(), Claims),
        ("with a claim twice", more(r#""sub":"1""#), Form),
        (
            "with a claim twice, deep down",
            more(r#""x":{"a":1,"a":2}"#),
            Form,
        ),
        ("deep", more(&format!(r#""x":{deep}"#)), Form),
        ("with something after it", format!("{text}{{}}"), Form),
        ("a list", "[]".to_owned(), Form),
        ("no JSON", "{".to_owned(), Form),
        ("not UTF-8", "\u{fffd}{".to_owned(), Form),
    ] {
        assert_eq!(open(&token(HEADER, &payload, by_rsa)), Err(expected), "{name}");
    }
}

#[test]
fn clocks_may_differ_by_a_minute_and_no_more() {
    let text = right(&claims());
    for (now, expected) in [
        (NOW - 60_000, Ok(())),
        (NOW - 61_000, Err(BadIdentityToken::Early)),
        (NOW + 359_000, Ok(())),
        (NOW + 360_000, Err(BadIdentityToken::Expired)),
    ] {
        assert_eq!(
            open_with(&text, &our_keys(), now).map(drop),
            expected,
            "{}",
            now - NOW
        );
    }
}

#[test]
fn every_algorithm_that_is_taken_verifies_and_only_with_its_own_kind_of_key() {
    let random = SystemRandom::new();
    let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    let ed = Ed25519KeyPair::generate().expect("a key");
    let point = |id: &str, curve: &str, bytes: &[u8]| {
        let (x, y) = bytes[1..].split_at((bytes.len() - 1) / 2);
        json!({"kty": "EC", "crv": curve, "kid": id, "x": base64(x), "y": base64(y)})
    };
    let mut pss = rsa_key("PS256", &RSA);
    pss["alg"] = json!("PS256");
    let keys = keys(&[
        rsa_key("RS256", &RSA),
        pss,
        point("ES256", "P-256", p256.public_key().as_ref()),
        point("ES384", "P-384", p384.public_key().as_ref()),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "EdDSA", "x": base64(ed.public_key().as_ref())}),
    ]);
    let sign = |algorithm: &str, signed: &[u8]| match algorithm {
        "RS256" => rsa(&RSA, &RSA_PKCS1_SHA256, signed),
        "PS256" => rsa(&RSA, &RSA_PSS_SHA256, signed),
        "ES256" => p256.sign(&random, signed).expect("signed").as_ref().to_vec(),
        "ES384" => p384.sign(&random, signed).expect("signed").as_ref().to_vec(),
        _ => ed.sign(signed).as_ref().to_vec(),
    };
    let all = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];
    for named in all {
        for key in all {
            let header = json!({"alg": named, "kid": key}).to_string();
            let text = token(&header, &claims().to_string(), |signed| sign(named, signed));
            assert_eq!(
                open_with(&text, &keys, NOW).is_ok(),
                named == key,
                "{named} with {key}"
            );
        }
    }
}

#[test]
fn keys_that_cannot_sign_what_is_taken_are_left_out() {
    let altered = |name: &str, value: Value| {
        let mut key = rsa_key("k1", &RSA);
        key[name] = value;
        key
    };
    for key in [
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"}),
        altered("use", json!("enc")),
        altered("key_ops", json!(["sign"])),
        altered("alg", json!("RS512")),
        altered("alg", json!("ES256")),
        altered("alg", json!(1)),
        altered("n", json!("!")),
        altered("kty", json!("EC")),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "crv": "X25519", "x": base64([1; 32])}),
        json!("key"),
    ] {
        let set = json!({ "keys": [key] }).to_string();
        assert_eq!(ProviderKeys::parse(set.as_bytes()), Err(BadKeys::NoKey), "{set}");
    }
    for set in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert_eq!(ProviderKeys::parse(set.as_bytes()), Err(BadKeys::Form), "{set}");
    }
}

// An RSA key that is too short to be safe verifies nothing.
#[test]
fn a_short_key_verifies_nothing() {
    let mut short = rsa_key("k1", &RSA);
    short["n"] = json!(base64([0xff; 128]));
    assert_eq!(
        open_with(&right(&claims()), &keys(&[short]), NOW),
        Err(BadIdentityToken::Signature)
    );
}

fn access(change: impl Fn(&mut Value)) -> String {
    let mut access = claims();
    access.as_object_mut().expect("an object").remove("nonce");
    change(&mut access);
    right(&access)
}

fn open_id(text: &str) -> Result<OutsideClaims, BadIdentityToken> {
    open(text)
}

#[test]
fn an_access_token_counts_beside_the_token_of_the_same_person_only() {
    use BadIdentityToken::{Audience, Pair};
    let open = |text: &str, audience: Option<&str>, beside: &OutsideClaims| {
        let token = OutsideToken::parse(text)?;
        token
            .open_access(&our_keys(), expected(NOW), audience, beside)
            .map(drop)
    };
    let person = open_id(&right(&claims())).expect("good");
    for (name, text, audience, expected) in [
        ("for us", access(|_| {}), None, Ok(())),
        (
            "given to us",
            access(|claims| {
                claims["aud"] = json!("account");
                claims["azp"] = json!(CLIENT);
            }),
            None,
            Ok(()),
        ),
        (
            "for an interface of ours",
            access(|claims| claims["aud"] = json!("api")),
            Some("api"),
            Ok(()),
        ),
        (
            "for another interface",
            access(|claims| claims["aud"] = json!("api")),
            None,
            Err(Audience),
        ),
        (
            "for us, where that is not expected",
            access(|_| {}),
            Some("api"),
            Err(Audience),
        ),
        (
            "given to another client",
            access(|claims| {
                claims["aud"] = json!("api");
                claims["azp"] = json!("other");
            }),
            Some("api"),
            Err(Audience),
        ),
        (
            "given to another application",
            access(|claims| claims["appid"] = json!("other")),
            None,
            Err(Audience),
        ),
        (
            "of another person",
            access(|claims| claims["sub"] = json!("1")),
            None,
            Err(Pair),
        ),
    ] {
        assert_eq!(open(&text, audience, &person), expected, "{name}");
    }
    let text = access(|_| {});
    let hash = base64(&digest::digest(&digest::SHA256, text.as_bytes()).as_ref()[..16]);
    let bound = open_id(&right(&with("at_hash", json!(hash)))).expect("good");
    assert_eq!(open(&text, None, &bound), Ok(()));
    let swapped = access(|claims| claims["groups"] = json!(["admins"]));
    assert_eq!(open(&swapped, None, &bound), Err(Pair));
}

proptest! {
    #[test]
    fn a_token_with_any_bit_flipped_is_none(place in 0usize..4_000, bit in 0u8..8) {
        let mut bytes = right(&claims()).into_bytes();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        if let Ok(other) = std::str::from_utf8(&bytes) {
            prop_assert!(open(other).is_err());
        }
    }

    #[test]
    fn any_text_is_refused_and_nothing_breaks(text: String) {
        prop_assert!(open(&text).is_err());
        prop_assert!(ProviderKeys::parse(text.as_bytes()).is_err());
    }
}
