//! Documents about a source, each a row of its own: events, alarms, operations. Ids grow in order of creation; lists go
//! along them. A *line* is the sequence of ids of one source, or of the whole tenant; its end knows by how much times are
//! out of the order of ids, which is what lets a time be searched for without a key that shows one.
//!
//! What a document means is not known here: only its id, source, time and the names of its fragments.

mod end;
mod walk;

pub(crate) use end::{LineEnds, LineMove};
pub use walk::{Along, Next, Place};

use crate::backend::Direction;
use crate::blobs::release;
use crate::fault::StoreFault;
use crate::feed::{Action, What};
use crate::rows::{Key, Row, Table, encode, rows};
use crate::shown::Shown;
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::files::File;
use model::ids::{ObjectId, TenantNumber};
use model::time::Timestamp;
use policy::proof::Reach;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// How a kind of documents is stored.
pub(crate) trait Lines: Row {
    /// Where ids are listed by source.
    const OF: Table;
    /// Tells its lines from those of other kinds.
    const LINE: u8;
    /// Whether files may be attached.
    const HAS_FILES: bool = false;
    /// Whether those that are open are listed once more, so that nobody who looks for them walks over the others.
    const LISTS_OPEN: bool = false;
    /// Whether they may be moved in their lines.
    const MOVES: bool = false;
    /// Whether each is listed elsewhere too, and must be forgotten there when its source goes.
    const IS_LISTED_ELSEWHERE: bool = false;
}

/// A document about a source. Which kinds there are is known here alone.
#[expect(private_bounds, reason = "so that there are no others")]
pub trait Document: Lines {
    /// Its id.
    fn number(&self) -> u64;
    /// What those who follow the tenant are told.
    fn what(&self) -> What;
    /// The object that it is about.
    fn source(&self) -> ObjectId;
    /// The time by which lists are ordered and searched.
    fn time(&self) -> Timestamp;
    /// The names of its fragments, as permissions speak of them.
    fn fragments(&self) -> impl Iterator<Item = &str>;

    /// Its place in its lines: its id, or one that was drawn later if it was moved. The row lies there.
    fn place(&self) -> u64 {
        self.number()
    }

    /// Whether it is open.
    fn is_open(&self) -> bool {
        false
    }

    /// Keeps what else is known of a source while a document about it comes, changes or goes.
    fn follow(
        _changes: &DocumentChanges<'_, Self>,
        _before: Option<&Self>,
        _after: Option<&Self>,
    ) -> Result<(), StoreFault> {
        Ok(())
    }

    /// Removes what [`Self::follow`] keeps when its source is deleted with everything about it.
    fn forget(&self, _tx: &WriteTx, _tenant: TenantNumber) -> Result<(), StoreFault> {
        Ok(())
    }

    /// The file that is attached to it.
    fn file(&self) -> Option<&File> {
        None
    }
}

/// Where the row of this place lies.
fn document_key<D: Document>(tenant: TenantNumber, place: u64) -> Key {
    Key::new(tenant, D::TABLE).number(place)
}

/// The place of a document that was moved.
#[derive(Serialize, Deserialize)]
struct Moved(u64);
rows!(Moved => Moved);

fn moved_key<D: Document>(tenant: TenantNumber, number: u64) -> Key {
    Key::new(tenant, Table::Moved).byte(D::LINE).number(number)
}

/// The document of this id, wherever its place is. A place that was drawn later is the id of nothing.
fn document_of<D: Document>(view: &View, tenant: TenantNumber, number: u64) -> Result<Option<D>, StoreFault> {
    let moved = match D::MOVES {
        true => view.row::<Moved>(&moved_key::<D>(tenant, number))?,
        false => None,
    };
    let place = moved.map_or(number, |Moved(place)| place);
    let document = view.row::<D>(&document_key::<D>(tenant, place))?;
    Ok(document.filter(|document| document.number() == number))
}

fn listed_under<D: Document>(tenant: TenantNumber, source: ObjectId) -> Key {
    Key::new(tenant, D::OF).number(source.number())
}

/// Whether any document of this kind about an object is left.
pub(crate) fn has_documents_of<D: Document>(
    view: &View,
    tenant: TenantNumber,
    source: ObjectId,
) -> Result<bool, StoreFault> {
    view.any(&listed_under::<D>(tenant, source))
}

/// Where the open ones are listed: of a source, or of the whole tenant.
pub(crate) fn open_under<D: Document>(tenant: TenantNumber, source: Option<ObjectId>) -> Key {
    Key::new(tenant, Table::OpenOf)
        .byte(D::LINE)
        .number(source.map_or(WHOLE_TENANT, ObjectId::number))
}

/// The whole tenant's line, among those of objects, whose numbers begin with 1.
const WHOLE_TENANT: u64 = 0;

fn end_key<D: Document>(tenant: TenantNumber, source: Option<ObjectId>) -> Key {
    Key::new(tenant, Table::LineEnd)
        .byte(D::LINE)
        .number(source.map_or(WHOLE_TENANT, ObjectId::number))
}

/// The documents of one kind of a tenant, to read within a reach.
pub struct DocumentRows<'t, D> {
    pub(crate) view: &'t View,
    pub(crate) tenant: TenantNumber,
    shown: Shown<'t>,
    /// Whether walks pass over those that are not open.
    only_open: bool,
    kind: PhantomData<D>,
}

impl<'t, D: Document> DocumentRows<'t, D> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber, reach: &Reach) -> Self {
        Self {
            view,
            tenant,
            shown: Shown::new(view, tenant, reach),
            only_open: false,
            kind: PhantomData,
        }
    }

    /// The same rows, of which walks show only the open ones: where a kind lists these, at their cost alone.
    pub fn only_open(self, only_open: bool) -> Self {
        Self { only_open, ..self }
    }

    /// A document within reach, by its id.
    pub fn document(&self, number: u64) -> Result<Option<D>, StoreFault> {
        match document_of::<D>(self.view, self.tenant, number)? {
            Some(document) if self.reaches(&document)? => Ok(Some(document)),
            _ => Ok(None),
        }
    }

    /// Whether everything about an object is within reach.
    pub(crate) fn reaches_all_of(&self, source: ObjectId) -> Result<bool, StoreFault> {
        Ok(self.shown.of(source)?.is_some_and(|shows| shows.cover.all))
    }

    fn reaches(&self, document: &D) -> Result<bool, StoreFault> {
        let shows = self.shown.of(document.source())?;
        Ok(shows.is_some_and(|shows| shows.shows(document.fragments())))
    }
}

/// The documents of one kind of a tenant, to change.
pub struct DocumentChanges<'t, D> {
    pub(crate) tx: &'t WriteTx,
    pub(crate) tenant: TenantNumber,
    reach: Reach,
    only_open: bool,
    kind: PhantomData<D>,
}

impl<'t, D: Document> DocumentChanges<'t, D> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber, reach: Reach) -> Self {
        Self {
            tx,
            tenant,
            reach,
            only_open: false,
            kind: PhantomData,
        }
    }

    /// The same rows, of which walks show only the open ones.
    pub fn only_open(self, only_open: bool) -> Self {
        Self { only_open, ..self }
    }

    /// What is there now, within the reach of this proof; the committer refuses the change if what was read moves.
    pub fn now(&self) -> DocumentRows<'t, D> {
        DocumentRows::new(&self.tx.view, self.tenant, &self.reach).only_open(self.only_open)
    }

    /// Stores a new document under an id that was never used.
    pub fn create(&self, document: &D) -> Result<(), StoreFault> {
        if !may_write(&self.reach, document) {
            return Err(self.out_of_reach());
        }
        D::follow(self, None, Some(document))?;
        self.list(document)?;
        self.tell(document, Action::Created);
        self.put(document)
    }

    /// Lists a document in its lines, at its place.
    fn list(&self, document: &D) -> Result<(), StoreFault> {
        let (source, place) = (document.source(), document.place());
        self.tx
            .put_index(&listed_under::<D>(self.tenant, source).number(place))?;
        if D::LISTS_OPEN && document.is_open() {
            for source in [Some(source), None] {
                self.tx
                    .put_index(&open_under::<D>(self.tenant, source).number(place))?;
            }
        }
        Ok(())
    }

    /// Takes a document out of its lines.
    fn unlist(&self, document: &D) {
        let (source, place) = (document.source(), document.place());
        self.tx
            .delete(&listed_under::<D>(self.tenant, source).number(place));
        if D::LISTS_OPEN && document.is_open() {
            for source in [Some(source), None] {
                self.tx
                    .delete(&open_under::<D>(self.tenant, source).number(place));
            }
        }
    }

    /// Moves a document to its new place, which was drawn for it alone.
    fn move_to(&self, before: &D, document: &D) -> Result<(), StoreFault> {
        self.tx.delete(&document_key::<D>(self.tenant, before.place()));
        let moved = Moved(document.place());
        self.tx
            .put(&moved_key::<D>(self.tenant, document.number()), &moved)
    }

    /// Stores a changed document; its id and source stay. `before` is the document as it was read here.
    pub fn update(&self, before: &D, document: &D) -> Result<(), StoreFault> {
        let is_same = (before.number(), before.source()) == (document.number(), document.source());
        if !is_same || !self.now().reaches(before)? {
            return Err(self.out_of_reach());
        }
        D::follow(self, Some(before), Some(document))?;
        self.tell(document, Action::Updated);
        let moves = before.place() != document.place();
        if moves || before.is_open() != document.is_open() {
            self.unlist(before);
            self.list(document)?;
        }
        if moves {
            self.move_to(before, document)?;
        }
        if !moves && before.time() == document.time() {
            return self
                .tx
                .put(&document_key::<D>(self.tenant, document.place()), document);
        }
        self.put(document)
    }

    /// Stores the document and tells both lines at which time.
    fn put(&self, document: &D) -> Result<(), StoreFault> {
        self.tx.tells_of(document.number(), &encode(document)?);
        let (number, time) = (document.place(), document.time());
        self.tx.put(&document_key::<D>(self.tenant, number), document)?;
        let lines = [Some(document.source()), None].map(|source| LineMove {
            end: end_key::<D>(self.tenant, source),
            number,
            time,
        });
        self.tx.pending.borrow_mut().lines.extend(lines);
        Ok(())
    }

    /// Removes a document within reach, as it was read here.
    pub fn delete(&self, document: &D) -> Result<(), StoreFault> {
        if !self.now().reaches(document)? {
            return Err(self.out_of_reach());
        }
        D::follow(self, Some(document), None)?;
        if let Some(file) = document.file() {
            release(self.tx, self.tenant, &file.content)?;
        }
        self.unlist(document);
        self.tx.delete(&document_key::<D>(self.tenant, document.place()));
        if document.place() != document.number() {
            self.tx.delete(&moved_key::<D>(self.tenant, document.number()));
        }
        self.tell(document, Action::Deleted);
        Ok(())
    }

    fn tell(&self, document: &D, action: Action) {
        self.tx.happens(document.source(), document.what(), action);
    }

    fn out_of_reach(&self) -> StoreFault {
        StoreFault::OutOfReach {
            tenant: self.tenant,
            what: "a document",
        }
    }
}

/// Whether a proof that is good for new data of a source is good for this document.
fn may_write<D: Document>(reach: &Reach, document: &D) -> bool {
    match reach {
        Reach::Tenant => true,
        Reach::Object(object) => *object == document.source(),
        Reach::Part { object, shows } => *object == document.source() && shows.shows(document.fragments()),
        Reach::Below(_) | Reach::Mine(_) => false,
    }
}

/// The source and the names of a document's fragments, for the decision on it; nothing if it is not there.
pub(crate) fn about<D: Document>(
    view: &View,
    tenant: TenantNumber,
    number: u64,
) -> Result<Option<(ObjectId, Vec<String>)>, StoreFault> {
    let document = document_of::<D>(view, tenant, number)?;
    Ok(document.map(|document| {
        let names = document.fragments().map(str::to_owned).collect();
        (document.source(), names)
    }))
}

/// Removes up to so many documents of a source that is deleted, with the end of its line when none is left; says how
/// many.
pub(crate) fn remove_of<D: Document>(
    tx: &WriteTx,
    tenant: TenantNumber,
    source: ObjectId,
    most: usize,
) -> Result<usize, StoreFault> {
    let prefix = listed_under::<D>(tenant, source);
    let mut numbers = tx.view.index(&prefix, Direction::Forward)?;
    let is_all = numbers.len() <= most;
    numbers.truncate(most);
    for number in &numbers {
        if D::HAS_FILES || D::MOVES || D::IS_LISTED_ELSEWHERE {
            let document = tx.view.row::<D>(&document_key::<D>(tenant, *number));
            let document = unless_broken(document)?.flatten();
            if let Some(file) = document.as_ref().and_then(Document::file) {
                release(tx, tenant, &file.content)?;
            }
            if let Some(document) = document {
                document.forget(tx, tenant)?;
                if document.number() != *number {
                    tx.delete(&moved_key::<D>(tenant, document.number()));
                }
            }
        }
        if D::LISTS_OPEN {
            for source in [Some(source), None] {
                tx.delete(&open_under::<D>(tenant, source).number(*number));
            }
        }
        tx.delete(&prefix.clone().number(*number));
        tx.delete(&document_key::<D>(tenant, *number));
    }
    if is_all {
        tx.delete(&end_key::<D>(tenant, Some(source)));
    }
    Ok(numbers.len())
}
