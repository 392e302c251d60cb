//! Places to wait in: how many there are, and who gives them back.

use super::*;

fn key(tenant: u32, principal: u64, device: &str) -> SessionKey {
    SessionKey {
        tenant: TenantNumber(tenant),
        principal: PrincipalId::new(principal).expect("a principal"),
        device: device.parse().expect("a device"),
        from: None,
    }
}

fn left(key: SessionKey) -> Left {
    Left {
        key,
        delay_seconds: 60,
        number: None,
    }
}

// R127
#[test]
fn the_wills_of_one_user_and_of_one_tenant_leave_room_for_others() {
    let wills = Wills::default();
    let _of_one: Vec<_> = (0..MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX)
        .map(|device| {
            wills
                .wait(&left(key(1, 1, &format!("d{device}"))), false)
                .expect("a place")
        })
        .collect();
    assert!(wills.wait(&left(key(1, 1, "more")), false).is_none());
    let rest = MQTT_WILLS_WAITING_PER_TENANT_MAX - MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX;
    let _of_tenant: Vec<_> = (0..rest)
        .map(|user| {
            wills
                .wait(&left(key(1, 2 + user as u64, "d")), false)
                .expect("a place")
        })
        .collect();
    assert!(wills.wait(&left(key(1, 1_000_000, "d")), false).is_none());
    assert!(
        wills.wait(&left(key(1, 1, "kept")), true).is_some(),
        "a start takes all up"
    );
    assert!(wills.wait(&left(key(2, 1, "d")), false).is_some());
    wills.session_begins(&key(1, 1, "d0"), true);
    assert!(
        wills.wait(&left(key(1, 1, "more")), false).is_some(),
        "a place is given back"
    );
    wills.session_begins(&key(1, 1, "kept"), true);
    assert!(
        wills.wait(&left(key(1, 1, "again")), false).is_none(),
        "it had none of theirs"
    );
    wills.publish_all();
    assert!(wills.lock().by_tenant.is_empty() && wills.lock().by_principal.is_empty());
}

#[test]
fn what_could_not_be_forgotten_is_left_to_the_next_connection_of_its_session() {
    let wills = Wills::default();
    let session = key(1, 1, "d");
    wills.could_not_forget(&session, 7);
    wills.could_not_forget(&session, 8);
    assert_eq!(wills.earlier(&session).over, [7, 8]);
    assert!(wills.earlier(&key(1, 1, "other")).over.is_empty());
    wills.could_not_forget(&session, 9);
    wills.forgotten(&session, &[7, 8]);
    assert_eq!(wills.earlier(&session).over, [9]);
    wills.forgotten(&session, &[9]);
    assert!(wills.lock().over.is_empty());
}

#[test]
fn a_will_whose_time_is_over_leaves_the_one_after_it_alone() {
    let wills = Wills::default();
    let session = key(1, 1, "d");
    let (first, mut told_first) = wills.wait(&left(session.clone()), false).expect("a place");
    let (_, mut told_second) = wills.wait(&left(session.clone()), false).expect("a place");
    assert!(told_first.try_recv().is_err());
    wills.leave(&session, first);
    wills.session_begins(&session, true);
    assert!(matches!(told_second.try_recv(), Ok(Fate::Void)));
}
