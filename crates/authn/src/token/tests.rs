//! Attacks on tokens, one by one (R052, R061): whatever was not signed by this key, for this tenant and this time, is refused.

use super::*;
use aws_lc_rs::hmac;
use proptest::prelude::*;

const NOW: i64 = 1_794_960_000_000;
const HOUR: i64 = 3_600_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn key(byte: u8) -> TokenKey {
    match TokenKey::from_seed(TokenKeyId([byte; 8]), &[byte; 32]) {
        Ok(key) => key,
        Err(bad) => panic!("{bad}"),
    }
}

fn claims() -> Claims {
    Claims {
        tenant: "t100".parse().expect("a tenant"),
        principal: PrincipalId::new(42).expect("in range"),
        user: "admin".parse().expect("a name"),
        epoch: 3,
        session: SessionId([9; 16]),
        issued: at(NOW),
        expires: at(NOW + HOUR),
        xsrf: Some(xsrf_value(&[5; 16])),
        password_due: false,
        with_code: false,
        by_provider: false,
    }
}

fn token(claims: &Claims, key: &TokenKey) -> String {
    match key.sign(claims) {
        Ok(token) => token.expose().to_owned(),
        Err(bad) => panic!("{bad}"),
    }
}

/// What becomes of a token under the first key.
fn outcome(text: &str, now: i64) -> Result<(), BadToken> {
    PresentedToken::parse(text)?.open(&key(1), at(now)).map(drop)
}

/// A token of any header and payload, signed by any key.
fn forged(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn right_header() -> String {
    format!("{HEADER_BEFORE}t100.{}{HEADER_AFTER}", TokenKeyId([1; 8]))
}

fn right_payload() -> String {
    let text = token(&claims(), &key(1));
    let payload = text.split('.').nth(1).expect("three parts");
    String::from_utf8(URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("text")
}

fn by_first_key(signed: &[u8]) -> Vec<u8> {
    key(1).pair.sign(signed).as_ref().to_vec()
}

#[test]
fn a_token_says_what_was_signed_and_never_a_name() {
    let text = token(&claims(), &key(1));
    let Ok(presented) = PresentedToken::parse(&text) else {
        panic!("a token")
    };
    assert_eq!(
        (presented.tenant().as_str(), presented.key()),
        ("t100", TokenKeyId([1; 8]))
    );
    let Ok(read) = presented.open(&key(1), at(NOW)) else {
        panic!("it opens")
    };
    let expected = claims();
    assert_eq!(
        (
            read.tenant,
            read.principal,
            read.epoch,
            read.session,
            read.issued,
            read.expires
        ),
        (
            expected.tenant,
            expected.principal,
            expected.epoch,
            expected.session,
            expected.issued,
            expected.expires
        )
    );
    assert!(
        right_payload().contains(r#""sub":"admin","principal":"42""#),
        "decided by the id, shown by the name"
    );
    // The forging of the tests below is right apart from what each of them makes wrong.
    assert_eq!(
        outcome(&forged(&right_header(), &right_payload(), by_first_key), NOW),
        Ok(())
    );
}

#[test]
fn no_header_but_the_one_is_taken_whatever_it_offers() {
    // R052
    let payload = right_payload();
    let kid = format!("t100.{}", TokenKeyId([1; 8]));
    for header in [
        format!(r#"{{"alg":"none","kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"None","kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"JWT","jku":"https://evil.example/keys"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","x5u":"https://evil.example/chain","typ":"JWT"}}"#),
        format!(r#"{{"alg":"EdDSA","jwk":{{"kty":"OKP"}},"kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","crit":["exp"],"typ":"JWT"}}"#),
        format!(r#"{{ "alg":"EdDSA","kid":"{kid}","typ":"JWT"}}"#),
        r#"{"alg":"EdDSA","kid":"../../dev/null","typ":"JWT"}"#.to_owned(),
        r#"{"alg":"EdDSA","kid":"","typ":"JWT"}"#.to_owned(),
        r#"{"alg":"EdDSA","typ":"JWT"}"#.to_owned(),
        r#"{"alg":"EdDSA","kid":"t100.+101010101010101","typ":"JWT"}"#.to_owned(),
        String::new(),
        "[]".to_owned(),
    ] {
        let text = forged(&header, &payload, by_first_key);
        assert_eq!(outcome(&text, NOW), Err(BadToken::Forged), "{header}");
    }
}

#[test]
fn a_signature_of_anything_else_is_none() {
    let (header, payload) = (right_header(), right_payload());
    let public = key(1).pair.public_key().as_ref().to_vec();
    let hmac = |signed: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &public);
        hmac::sign(&key, signed).as_ref().to_vec()
    };
    let others: [(&str, Vec<u8>); 4] = [
        ("none", Vec::new()),
        ("zeroes", vec![0; 64]),
        ("too long", vec![7; 65]),
        ("that of another text", by_first_key(b"something else")),
    ];
    for (name, signature) in others {
        let text = forged(&header, &payload, |_| signature.clone());
        assert_eq!(outcome(&text, NOW), Err(BadToken::Forged), "{name}");
    }
    let text = forged(&header, &payload, hmac);
    assert_eq!(
        outcome(&text, NOW),
        Err(BadToken::Forged),
        "HMAC under the public key"
    );
    let text = forged(&header, &payload, |signed| {
        key(2).pair.sign(signed).as_ref().to_vec()
    });
    assert_eq!(
        outcome(&text, NOW),
        Err(BadToken::Forged),
        "another key under this id"
    );
}

#[test]
fn another_tenants_token_is_none_here() {
    // R115: neither as it is, nor under the other's header, nor with the other's audience.
    let other = Claims {
        tenant: "t200".parse().expect("a tenant"),
        ..claims()
    };
    assert_eq!(outcome(&token(&other, &key(2)), NOW), Err(BadToken::Forged));
    let (header, payload) = (right_header(), right_payload());
    let foreign = header.replace("t100", "t200");
    assert_eq!(
        outcome(&forged(&foreign, &payload, by_first_key), NOW),
        Err(BadToken::Forged)
    );
    for (from, to) in [
        (r#""aud":"t100""#, r#""aud":"t200""#),
        (r#""ten":"t100""#, r#""ten":"t200""#),
        (r#""iss":"holdfast""#, r#""iss":"other""#),
    ] {
        let payload = payload.replace(from, to);
        assert_ne!(payload, right_payload(), "{from}");
        assert_eq!(
            outcome(&forged(&header, &payload, by_first_key), NOW),
            Err(BadToken::Forged),
            "{to}"
        );
    }
}

#[test]
fn a_token_is_good_from_its_first_second_to_the_one_before_its_last() {
    let text = token(&claims(), &key(1));
    let skew = TOKEN_SKEW_SECONDS * MILLIS;
    for (now, expected) in [
        (NOW, Ok(())),
        (NOW + HOUR - 1, Ok(())),
        (NOW + HOUR, Err(BadToken::Expired)),
        (NOW + 1_000 * HOUR, Err(BadToken::Expired)),
        (NOW - skew, Ok(())),
        (NOW - skew - 1_000, Err(BadToken::Forged)),
    ] {
        assert_eq!(outcome(&text, now), expected, "{}", now - NOW);
    }
    let future = right_payload().replace(&format!(r#""nbf":{}"#, NOW / 1_000), r#""nbf":4102444800"#);
    let text = forged(&right_header(), &future, by_first_key);
    assert_eq!(outcome(&text, NOW), Err(BadToken::Forged), "not before");
}

#[test]
fn claims_that_lack_something_or_bring_more_are_none() {
    for payload in [
        right_payload().replace(r#""epoch":3,"#, ""),
        right_payload().replace(&format!(r#""exp":{},"#, (NOW + HOUR) / 1_000), ""),
        right_payload().replace(r#""principal":"42""#, r#""principal":"admin""#),
        right_payload().replace(r#""principal":"42""#, r#""principal":"42","principal":"43""#),
        right_payload().replacen('{', r#"{"admin":true,"#, 1),
        "{}".to_owned(),
        "null".to_owned(),
        "[".repeat(600),
        String::new(),
    ] {
        let text = forged(&right_header(), &payload, by_first_key);
        assert_eq!(outcome(&text, NOW), Err(BadToken::Forged), "{payload}");
    }
}

#[test]
fn a_token_of_another_form_or_length_is_not_looked_into() {
    let text = token(&claims(), &key(1));
    let parts: Vec<&str> = text.split('.').collect();
    let padding = "A".repeat(TOKEN_BYTES_MAX);
    for other in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        parts[..2].join("."),
        format!("{text}."),
        format!("{text}.{}", parts[2]),
        format!("{text}="),
        format!(" {text}"),
        text.replace('.', ". "),
        format!("{}.{padding}.{}", parts[0], parts[2]),
        padding,
    ] {
        assert_eq!(outcome(&other, NOW), Err(BadToken::Forged), "{other:.40}");
    }
    for end in 0..text.len() {
        assert_eq!(
            outcome(&text[..end], NOW),
            Err(BadToken::Forged),
            "cut off at {end}"
        );
    }
}

#[test]
fn a_browser_must_repeat_exactly_what_the_token_has() {
    let right = xsrf_value(&[5; 16]);
    let shorter = &right.expose()[1..];
    let for_cookie = claims();
    assert!(for_cookie.is_repeated_by(Some(right.expose())));
    for wrong in [None, Some(""), Some(shorter), Some("AAAAAAAAAAAAAAAAAAAAAA")] {
        assert!(!for_cookie.is_repeated_by(wrong), "{wrong:?}");
    }
    let for_body = Claims {
        xsrf: None,
        ..claims()
    };
    assert!(!for_body.is_repeated_by(None) && !for_body.is_repeated_by(Some("")));
}

proptest! {
    #[test]
    fn a_token_with_any_bit_flipped_is_none(place in 0usize..4_000, bit in 0u8..8) {
        let text = token(&claims(), &key(1));
        let mut bytes = text.into_bytes();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        // The last character of a signature has unused bits: they must be zero, so a flipped one is found too.
        if let Ok(other) = std::str::from_utf8(&bytes) {
            prop_assert_eq!(outcome(other, NOW), Err(BadToken::Forged));
        }
    }

    #[test]
    fn any_text_is_refused_and_nothing_breaks(text: String) {
        prop_assert_eq!(outcome(&text, NOW), Err(BadToken::Forged));
    }
}
