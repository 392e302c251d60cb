//! Contents of files: counted to the byte whoever stores them, loose until something refers to them, and removed when
//! nothing does.

use crate::world::{Someone, World, change};
use model::files::{Blob, File};
use model::ids::{BlobId, ObjectId};
use model::limits::FILE_PIECE_BYTES;
use model::time::Timestamp;
use policy::operations::binaries::{BinaryCreate, BinaryRead};
use policy::operations::inventory::InventoryDelete;
use policy::proof::{Allowed, SystemReason};
use store::blobs::{NotStored, discard, remove_loose};
use store::fault::CommitFailed;
use store::shards::Store;

const NOW: i64 = 1_000_000;

fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

fn space(store: &Store, who: Someone) -> (u64, usize) {
    store.view(who.tenant).unwrap().file_space(who.tenant).unwrap()
}

fn add(
    store: &Store,
    who: Someone,
    begun: Option<BlobId>,
    bytes: &[u8],
    most: u64,
) -> Result<BlobId, NotStored> {
    change(store, who, |tx| {
        let rows = tx.inventory(who.allow::<BinaryCreate>(tx)?);
        rows.uploads().add(begun, bytes, now(), most)
    })
    .unwrap()
}

/// An object with a file of this content, completed with this last piece.
fn complete(
    store: &Store,
    who: Someone,
    begun: Option<BlobId>,
    last: &[u8],
) -> Result<(ObjectId, Blob), NotStored> {
    change(store, who, |tx| {
        let rows = tx.inventory(who.allow::<BinaryCreate>(tx)?);
        let content = match rows.uploads().complete(begun, last, [7; 32], u64::MAX)? {
            Ok(content) => content,
            Err(refused) => return Ok(Err(refused)),
        };
        let object = who.create(tx, crate::world::object(who, "file"))?;
        let file = File {
            name: "f".to_owned(),
            media: "text/plain".to_owned(),
            content: content.clone(),
        };
        rows.create_file(object, file)?;
        Ok(Ok((object, content)))
    })
    .unwrap()
}

fn proof(who: Someone) -> Allowed<InventoryDelete> {
    Allowed::mint_system(who.tenant, SystemReason::DeletedWithObject)
}

fn remove(store: &Store, who: Someone, before: i64) -> Option<u64> {
    change(store, who, |tx| {
        remove_loose(tx, &proof(who), Timestamp::from_millis(before))
    })
    .unwrap()
    .map(|removed| removed.bytes)
}

#[test]
fn a_content_comes_back_from_every_place_and_goes_with_its_object() {
    let world = World::new();
    let (store, who) = (&world.store, world.realms[0].admin);
    let whole: Vec<u8> = (0..2 * FILE_PIECE_BYTES + 5)
        .map(|place| (place % 251) as u8)
        .collect();
    let (first, rest) = whole.split_at(FILE_PIECE_BYTES);
    let (second, last) = rest.split_at(FILE_PIECE_BYTES);
    let begun = add(store, who, None, first, u64::MAX).unwrap();
    assert_eq!(space(store, who), (first.len() as u64, 1));
    assert_eq!(add(store, who, Some(begun), second, u64::MAX), Ok(begun));
    let (object, content) = complete(store, who, Some(begun), last).unwrap();
    assert_eq!((content.length, content.pieces), (whole.len() as u64, 3));
    assert_eq!(space(store, who), (whole.len() as u64, 0));
    let tx = store.read(who.tenant).unwrap();
    let rows = tx.binaries(who.allow_on::<BinaryRead>(&tx, object).unwrap());
    let stored = rows.object(object).unwrap().unwrap();
    let open = rows.file(&stored).unwrap().unwrap();
    for from in [0, 1, FILE_PIECE_BYTES - 1, FILE_PIECE_BYTES, whole.len() - 1] {
        let piece = open.from(from as u64).unwrap().unwrap();
        assert!(whole[from..].starts_with(&piece) && !piece.is_empty(), "{from}");
    }
    assert_eq!(open.from(whole.len() as u64).unwrap(), None);
    assert_eq!(remove(store, who, i64::MAX), None, "what is referred to stays");
    change(store, who, |tx| who.delete(tx, object)).unwrap();
    assert_eq!(remove(store, who, 0), Some(whole.len() as u64));
    assert_eq!(space(store, who), (0, 0));
}

#[test]
fn what_is_abandoned_is_removed_and_can_be_completed_no_more() {
    let world = World::new();
    let (store, who) = (&world.store, world.realms[0].admin);
    let begun = add(store, who, None, b"abc", u64::MAX).unwrap();
    assert_eq!(remove(store, who, NOW), None, "it was touched then");
    assert_eq!(remove(store, who, NOW + 1), Some(3));
    assert_eq!(space(store, who), (0, 0));
    assert_eq!(add(store, who, Some(begun), b"d", u64::MAX), Err(NotStored::Gone));
    assert_eq!(
        complete(store, who, Some(begun), b"d").err(),
        Some(NotStored::Gone)
    );
}

#[test]
fn a_content_is_completed_or_removed_and_never_both() {
    let world = World::new();
    let (store, who) = (&world.store, world.realms[0].admin);
    let begun = add(store, who, None, b"abc", u64::MAX).unwrap();
    let removing = who.write(store).unwrap();
    discard(&removing, &proof(who), begun)
        .unwrap()
        .expect("it is loose");
    complete(store, who, Some(begun), b"").unwrap();
    assert!(matches!(
        store.commit_blocking(removing),
        Err(CommitFailed::Conflict)
    ));
    assert_eq!(space(store, who), (3, 0));
}

// R127: at the limit and just over, also when two come at the same time.
#[test]
fn the_files_of_a_tenant_have_their_space_and_not_a_byte_more() {
    let world = World::new();
    let (store, who) = (&world.store, world.realms[0].admin);
    let other = world.realms[1].admin;
    add(store, who, None, b"12345", 10).unwrap();
    let pending = [(); 2].map(|()| {
        let tx = who.write(store).unwrap();
        let rows = tx.inventory(who.allow::<BinaryCreate>(&tx).unwrap());
        rows.uploads()
            .add(None, b"123", now(), 10)
            .unwrap()
            .expect("each alone has room");
        tx
    });
    let [one, two] = pending.map(|tx| store.commit_blocking(tx));
    assert!(
        one.is_ok() && matches!(two, Err(CommitFailed::Conflict)),
        "only one of them has"
    );
    assert_eq!(space(store, who).0, 8);
    assert_eq!(add(store, who, None, b"123", 10), Err(NotStored::NoSpace));
    add(store, who, None, b"12", 10).expect("at the limit");
    assert_eq!(add(store, who, None, b"1", 10), Err(NotStored::NoSpace));
    add(store, other, None, b"1234567890", 10).expect("another tenant has its own");
    assert_eq!((space(store, who).0, space(store, other).0), (10, 10));
}
