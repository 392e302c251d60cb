//! Managed objects that are files: listing, reading, storing, replacing, deleting.

use crate::desk::{Changing, Reading};
use crate::files::{Content, Destination, Holder};
use crate::inventory::{ObjectPage, Owner, Written, bare, create_with, find_with, written};
use crate::note::Note;
use crate::page::Room;
use crate::refusal::{Conflict, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::files::{File, IS_BINARY};
use model::ids::ObjectId;
use model::inventory::{ManagedObject, NewManagedObject};
use model::json::{Json, Object};
use policy::operation::Operation;
use policy::operations::binaries::{BinaryCreate, BinaryDelete, BinaryList, BinaryRead, BinaryUpdate};
use policy::tables::{Binaries, Write};
use store::binaries::BinaryChanges;
use store::blobs::{OpenFile, Uploads};
use store::search::Search;

fn missing(id: ObjectId) -> Refusal {
    Refusal::Missing(Missing::Object(id))
}

/// Finds files.
pub struct FindBinaries {
    /// What is looked for; owner and text are filled in here.
    pub search: Search,
    /// Only of this owner.
    pub owner: Owner,
    /// With exactly this text as id, type, name, owner or external id.
    pub text: Option<String>,
}

impl Query for FindBinaries {
    type Operation = BinaryList;
    type Answer = ObjectPage;

    fn answer(&self, desk: &Reading) -> Result<ObjectPage, Refusal> {
        let rows = desk.tx.binaries(desk.allow::<BinaryList>()?);
        let found = find_with(
            desk,
            &self.search,
            &self.owner,
            self.text.as_deref(),
            |search, names| rows.find(search, names),
        )?;
        let room = Room::new();
        let mut objects = Vec::with_capacity(found.objects.len());
        for object in found.objects {
            room.take_document(&object.fragments)?;
            objects.push(bare(desk, object.as_ref().clone())?);
        }
        Ok(ObjectPage {
            objects,
            total: found.total,
        })
    }
}

/// The content of a managed object, to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryOf(pub ObjectId);

impl Holder for BinaryOf {
    type Read = BinaryRead;

    fn open(self, desk: &Reading) -> Result<OpenFile<'_>, Refusal> {
        let rows = desk.tx.binaries(desk.allow_on::<BinaryRead>(self.0)?);
        // The right may be for other fragments than the object has.
        let object = rows.object(self.0)?.ok_or(Refusal::Forbidden)?;
        rows.file(&object)?.ok_or(missing(self.0))
    }
}

/// A file on its way to a new managed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewBinary;

impl Destination for NewBinary {
    type Write = BinaryCreate;

    fn uploads<'d>(&self, desk: &'d Changing) -> Result<Uploads<'d>, Refusal> {
        Ok(desk.tx.inventory(desk.allow::<BinaryCreate>()?).uploads())
    }
}

/// Creates a managed object of a file whose content has come in.
pub struct CreateBinary {
    /// What the client says of the object.
    pub new: NewManagedObject,
    /// The file's name, as it is given to whoever reads it.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// What is in it.
    pub content: Content,
}

impl Command for CreateBinary {
    type Operation = BinaryCreate;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let rows = desk.tx.inventory(desk.allow::<BinaryCreate>()?);
        let file = File {
            name: self.name.clone(),
            media: self.media.clone(),
            content: self.content.complete(&rows.uploads())?,
        };
        let mut new = self.new.clone();
        describe(&mut new.fragments, &file);
        let object = create_with(desk, &rows, &new, None, None)?;
        rows.create_file(object.id, file)?;
        Ok(done(written(desk, object)?))
    }
}

/// What an object tells of its file.
fn describe(fragments: &mut Object, file: &File) {
    fragments.set(IS_BINARY, Json::Object(Object::new()));
    fragments.set("contentType", file.media.as_str());
    fragments.set("length", file.content.length);
}

/// An object that is a file, by the right to do `N` with it.
fn open<N>(desk: &Changing, id: ObjectId) -> Result<(BinaryChanges<'_>, ManagedObject), Refusal>
where
    N: Operation<Table = Binaries, Access = Write>,
{
    let rows = desk.tx.binaries(desk.allow_on::<N>(id)?);
    let object = rows.now().object(id)?.ok_or(Refusal::Forbidden)?;
    if rows.now().file(&object)?.is_none() {
        return Err(missing(id));
    }
    Ok((rows, object))
}

/// A file on its way to take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplacedBinary(pub ObjectId);

impl Destination for ReplacedBinary {
    type Write = BinaryUpdate;

    fn uploads<'d>(&self, desk: &'d Changing) -> Result<Uploads<'d>, Refusal> {
        Ok(open::<BinaryUpdate>(desk, self.0)?.0.uploads())
    }
}

/// Replaces the content of a file by one that has come in.
pub struct ReplaceBinary {
    /// Of which object.
    pub of: ReplacedBinary,
    /// Its media type now.
    pub media: String,
    /// What is in it now.
    pub content: Content,
}

impl Command for ReplaceBinary {
    type Operation = BinaryUpdate;
    type Answer = Written;
    /// The content before.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let id = self.of.0;
        let (rows, before) = open::<BinaryUpdate>(desk, id)?;
        let name = rows.now().file(&before)?.map(|open| open.file.name);
        let file = File {
            name: name.unwrap_or_else(|| id.to_string()),
            media: self.media.clone(),
            content: self.content.complete(&rows.uploads())?,
        };
        let mut after = before.clone();
        describe(&mut after.fragments, &file);
        after.updated = desk.now();
        let text = format!("Content replaced by {} bytes", file.content.length);
        desk.note(Note::new("Inventory", "Binary replaced", id).text(text));
        rows.replace(&before, after.clone(), file)?;
        Ok(done(written(desk, after)?))
    }
}

/// Deletes a file with its managed object.
pub struct DeleteBinary(pub ObjectId);

impl Command for DeleteBinary {
    type Operation = BinaryDelete;
    type Answer = ();
    /// The content, and the object's data.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (rows, object) = open::<BinaryDelete>(desk, self.0)?;
        if rows.now().has_children(self.0)? {
            return Err(Refusal::Conflict(Conflict::HasChildren));
        }
        crate::leaving::delete_data_of(desk, self.0)?;
        rows.delete(&object)?;
        desk.note(Note::new("Inventory", "Binary deleted", self.0));
        Ok(done(()))
    }
}
