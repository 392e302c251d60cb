//! Every outcome of [`Verifier::check_cheap`] and [`HashJob::run`].

use authn::basic::BasicCredential;
use authn::credential::Credential;
use authn::generated::GeneratedSecret;
use authn::password;
use authn::pepper::Pepper;
use authn::throttle::AddressPrefix;
use authn::verified_cache::VERIFIED_MILLIS;
use authn::verify::{
    AuthenticationFailure, Presented, Purpose, ShownFailure, SignIn, Step, StoredCredential, Verified,
    Verifier,
};
use model::ids::{PrincipalId, TenantNumber};
use model::names::TenantId;
use model::users::UserKind;
use std::net::{IpAddr, Ipv4Addr};

const HOME: [u8; 4] = [192, 0, 2, 1];
const ELSEWHERE: [u8; 4] = [198, 51, 100, 9];
/// A generated secret for devices.
const SECRET: [u8; 24] = [9; 24];

type Outcome = Result<Verified, AuthenticationFailure>;

struct Scene {
    verifier: Verifier,
    tenant: TenantId,
    address: [u8; 4],
    purpose: Purpose,
    now_millis: u64,
}

impl Scene {
    fn new() -> Self {
        Self {
            verifier: Verifier::new(Pepper::new([7; 32]), &[1; 32], &[2; 32]),
            tenant: "t100".parse().expect("a tenant"),
            address: HOME,
            purpose: Purpose::Api,
            now_millis: 1_000,
        }
    }

    fn person(&self) -> StoredCredential {
        let hash = password::hash("correct horse", [1; 16], self.verifier.pepper()).expect("hashes");
        StoredCredential {
            tenant: TenantNumber(3),
            principal: PrincipalId::new(42).expect("in range"),
            kind: UserKind::Person,
            enabled: true,
            tenant_active: true,
            takes_basic: true,
            takes_sessions: true,
            credential: Credential::Password(hash),
            version: 1,
        }
    }

    fn device(&self) -> StoredCredential {
        let secret = GeneratedSecret::from_random(SECRET);
        let credential = Credential::Generated(secret.hash(self.verifier.pepper()));
        StoredCredential {
            kind: UserKind::Device,
            credential,
            ..self.person()
        }
    }

    fn step(&self, password: &str, facts: Option<&StoredCredential>) -> Step {
        let basic = BasicCredential::from_parts("smith", password).expect("readable");
        self.verifier.check_cheap(&SignIn {
            tenant: Some(&self.tenant),
            presented: Presented::Basic(&basic),
            facts,
            purpose: self.purpose,
            address: AddressPrefix::from(IpAddr::from(Ipv4Addr::from(self.address))),
            now_millis: self.now_millis,
        })
    }

    /// The outcome, and whether it took a slow hash.
    fn sign_in(&self, password: &str, facts: Option<&StoredCredential>) -> (Outcome, bool) {
        match self.step(password, facts) {
            Step::Done(outcome) => (outcome, false),
            Step::NeedsHash(job) => (job.run(&self.verifier), true),
            Step::Wait => panic!("nothing else is under way"),
        }
    }
}

#[test]
fn unknown_wrong_and_disabled_take_the_same_path_and_look_alike() {
    // R051
    let scene = Scene::new();
    let person = scene.person();
    let device = scene.device();
    let disabled = StoredCredential {
        enabled: false,
        ..person.clone()
    };
    let suspended = StoredCredential {
        tenant_active: false,
        ..person.clone()
    };
    for (address, password, facts, expected) in [
        (1, "correct horse", None, AuthenticationFailure::UnknownUser),
        (
            2,
            "wrong horse",
            Some(&person),
            AuthenticationFailure::WrongPassword,
        ),
        (
            3,
            "wrong secret",
            Some(&device),
            AuthenticationFailure::WrongPassword,
        ),
        (
            4,
            "correct horse",
            Some(&disabled),
            AuthenticationFailure::Disabled,
        ),
        (
            5,
            "correct horse",
            Some(&suspended),
            AuthenticationFailure::TenantSuspended,
        ),
    ] {
        let scene = Scene {
            address: [203, 0, 113, address],
            ..Scene::new()
        };
        assert_eq!(scene.sign_in(password, facts), (Err(expected), true));
        assert_eq!(expected.shown(), ShownFailure::Refused);
    }
}

#[test]
fn a_verified_password_is_cheap_until_it_changes_or_its_time_is_over() {
    // R051
    let mut scene = Scene::new();
    let person = scene.person();
    let verified = Verified {
        tenant: person.tenant,
        principal: person.principal,
        kind: UserKind::Person,
        needs_rehash: false,
    };
    assert_eq!(
        scene.sign_in("correct horse", Some(&person)),
        (Ok(verified), true)
    );
    assert_eq!(
        scene.sign_in("correct horse", Some(&person)),
        (Ok(verified), false)
    );

    let disabled = StoredCredential {
        enabled: false,
        ..person.clone()
    };
    assert_eq!(
        scene.sign_in("correct horse", Some(&disabled)).0,
        Err(AuthenticationFailure::Disabled)
    );

    let changed = password::hash("another horse", [2; 16], scene.verifier.pepper()).expect("hashes");
    let changed = StoredCredential {
        credential: Credential::Password(changed),
        version: 2,
        ..person
    };
    let old = scene.sign_in("correct horse", Some(&changed));
    assert_eq!(old, (Err(AuthenticationFailure::WrongPassword), true));

    scene.now_millis += VERIFIED_MILLIS;
    assert!(scene.sign_in("correct horse", Some(&person)).1, "hashed again");
}

#[test]
fn a_generated_secret_is_cheap_and_nobody_can_lock_it_out() {
    let scene = Scene::new();
    let device = scene.device();
    let secret = GeneratedSecret::from_random(SECRET);
    for n in 0..6 {
        let _ = scene.sign_in(&format!("wrong {n}"), Some(&device));
    }
    assert!(matches!(
        scene.sign_in("wrong again", Some(&device)),
        (
            Err(AuthenticationFailure::LockedOut {
                retry_after_seconds: 5
            }),
            false
        )
    ));
    let (outcome, hashed) = scene.sign_in(secret.secret().expose(), Some(&device));
    assert!(outcome.is_ok_and(|verified| verified.kind == UserKind::Device) && !hashed);
}

#[test]
fn only_people_sign_in_to_the_console() {
    // R003
    let scene = Scene {
        purpose: Purpose::Console,
        ..Scene::new()
    };
    let secret = GeneratedSecret::from_random(SECRET);
    let device = scene.device();
    let service = StoredCredential {
        kind: UserKind::Service,
        ..scene.person()
    };
    let refused = Err(AuthenticationFailure::NotAPerson);
    assert_eq!(scene.sign_in(secret.secret().expose(), Some(&device)).0, refused);
    assert_eq!(scene.sign_in("correct horse", Some(&service)).0, refused);
    assert!(scene.sign_in("correct horse", Some(&scene.person())).0.is_ok());
}

#[test]
fn a_locked_out_guesser_is_told_the_wait_and_the_owner_elsewhere_comes_in() {
    let mut scene = Scene {
        address: ELSEWHERE,
        ..Scene::new()
    };
    let person = scene.person();
    for n in 0..3 {
        assert_eq!(
            scene.sign_in(&format!("guess {n}"), None).0,
            Err(AuthenticationFailure::UnknownUser)
        );
    }
    let (outcome, hashed) = scene.sign_in("correct horse", Some(&person));
    let failure = outcome.expect_err("even the right password waits");
    assert_eq!(
        failure.shown(),
        ShownFailure::TryLater {
            retry_after_seconds: 5
        }
    );
    assert!(!hashed);
    scene.address = HOME;
    assert!(scene.sign_in("correct horse", Some(&person)).0.is_ok());
}

#[test]
fn the_same_name_in_another_tenant_is_neither_throttled_nor_verified_with_it() {
    // R007
    let mut scene = Scene::new();
    let smith_of_a = scene.person();
    assert!(scene.sign_in("correct horse", Some(&smith_of_a)).0.is_ok());
    for n in 0..3 {
        let _ = scene.sign_in(&format!("guess {n}"), Some(&smith_of_a));
    }
    assert!(
        scene
            .sign_in("guess", Some(&smith_of_a))
            .0
            .is_err_and(|e| e.shown() != ShownFailure::Refused)
    );

    scene.tenant = "t200".parse().expect("a tenant");
    let hash = password::hash("battery staple", [3; 16], scene.verifier.pepper()).expect("hashes");
    let smith_of_b = StoredCredential {
        tenant: TenantNumber(4),
        principal: PrincipalId::new(43).expect("in range"),
        credential: Credential::Password(hash),
        ..smith_of_a
    };
    let wrong = scene.sign_in("correct horse", Some(&smith_of_b)).0;
    assert_eq!(wrong, Err(AuthenticationFailure::WrongPassword));
    assert!(
        scene
            .sign_in("battery staple", Some(&smith_of_b))
            .0
            .is_ok_and(|v| v.tenant == TenantNumber(4))
    );
}

#[test]
fn requests_at_the_same_time_share_one_hash() {
    let scene = Scene::new();
    let person = scene.person();
    let Step::NeedsHash(first) = scene.step("correct horse", Some(&person)) else {
        panic!("a hash is needed")
    };
    assert!(matches!(scene.step("correct horse", Some(&person)), Step::Wait));
    assert!(first.run(&scene.verifier).is_ok());
    assert!(matches!(
        scene.step("correct horse", Some(&person)),
        Step::Done(Ok(_))
    ));
}

#[test]
fn a_full_hash_pool_does_not_count_against_anybody() {
    let scene = Scene::new();
    let person = scene.person();
    for n in 0..50 {
        match scene.step(&format!("guess {n}"), Some(&person)) {
            Step::NeedsHash(job) => job.abandon(&scene.verifier),
            Step::Done(_) | Step::Wait => panic!("nothing was counted"),
        }
    }
}

#[test]
fn the_same_wrong_password_again_is_refused_without_a_hash() {
    let scene = Scene::new();
    let person = scene.person();
    let wrong = Err(AuthenticationFailure::WrongPassword);
    assert_eq!(scene.sign_in("old password", Some(&person)), (wrong, true));
    for _ in 0..50 {
        assert_eq!(scene.sign_in("old password", Some(&person)), (wrong, false));
    }
    assert!(scene.sign_in("correct horse", Some(&person)).0.is_ok());
}

#[test]
fn a_disabled_user_comes_back_with_the_same_password_when_enabled() {
    let scene = Scene::new();
    let person = scene.person();
    let disabled = StoredCredential {
        enabled: false,
        ..person.clone()
    };
    assert_eq!(
        scene.sign_in("correct horse", Some(&disabled)).0,
        Err(AuthenticationFailure::Disabled)
    );
    assert!(scene.sign_in("correct horse", Some(&person)).0.is_ok());
}

#[test]
fn credentials_survive_storage() {
    let scene = Scene::new();
    for stored in [scene.person().credential, scene.device().credential] {
        let bytes = postcard::to_stdvec(&stored).expect("encodes");
        assert!(postcard::from_bytes::<Credential>(&bytes).is_ok_and(|read| read == stored));
    }
}

// R002, R055: where a tenant closes a way in, the right password opens nothing and looks like a wrong one.
#[test]
fn a_way_that_the_tenant_closed_is_closed_and_the_other_one_is_not() {
    for (purpose, takes_basic, takes_sessions, opens) in [
        (Purpose::Api, true, false, true),
        (Purpose::Api, false, true, false),
        (Purpose::Console, true, false, false),
        (Purpose::Console, false, true, true),
    ] {
        let scene = Scene {
            purpose,
            ..Scene::new()
        };
        let person = StoredCredential {
            takes_basic,
            takes_sessions,
            ..scene.person()
        };
        let (outcome, _) = scene.sign_in("correct horse", Some(&person));
        assert_eq!(outcome.is_ok(), opens, "{purpose:?}");
        if let Err(failure) = outcome {
            assert_eq!(failure, AuthenticationFailure::WayClosed);
            assert_eq!(failure.shown(), ShownFailure::Refused);
        }
    }
}
