//! Files on their way in and out, piece by piece. Every piece passes the door and is decided anew, so a right that is
//! withdrawn ends the way, no snapshot waits for a slow client, and of a file only a piece or two are in memory.
//!
//! What a file belongs to, the resources say; HTTP and forms are not known here.

use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Query, Then, done};
use aws_lc_rs::digest::{Context, SHA256};
use model::files::{Blob, File};
use model::ids::{BlobId, TenantNumber};
use model::limits::{FILE_BYTES_MAX, FILE_BYTES_PER_TENANT_MAX, FILE_PIECE_BYTES};
use policy::operation::Operation;
use store::blobs::{NotStored, OpenFile, Uploads};

/// What has a file.
pub trait Holder: Copy + Send + Sync + 'static {
    /// The right to read it.
    type Read: Operation;

    /// The file, if the caller may read it.
    fn open(self, desk: &Reading) -> Result<OpenFile<'_>, Refusal>;
}

/// Asks for a file, without its content.
pub struct AboutFile<H>(pub H);

impl<H: Holder> Query for AboutFile<H> {
    type Operation = H::Read;
    type Answer = File;

    fn answer(&self, desk: &Reading) -> Result<File, Refusal> {
        Ok(self.0.open(desk)?.file)
    }
}

/// Reads the next piece of a file's content.
#[derive(Debug, Clone, Copy)]
pub struct ReadPiece<H> {
    /// Of which file.
    pub of: H,
    /// Of this content: refused as changed if the file has another one meanwhile.
    pub content: BlobId,
    /// From this place on.
    pub from: u64,
    /// Up to this place, without it.
    pub until: u64,
}

/// A piece of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePiece {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where the next piece begins; nothing if this was the last.
    pub next: Option<u64>,
}

impl<H: Holder> Query for ReadPiece<H> {
    type Operation = H::Read;
    type Answer = FilePiece;

    fn answer(&self, desk: &Reading) -> Result<FilePiece, Refusal> {
        let open = self.of.open(desk)?;
        if open.file.content.id != self.content {
            return Err(Refusal::Changed);
        }
        let mut bytes = open.from(self.from)?.unwrap_or_default();
        let wanted = self.until.saturating_sub(self.from);
        bytes.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        let end = self.from + bytes.len() as u64;
        let is_more = end < self.until && !bytes.is_empty();
        Ok(FilePiece {
            bytes,
            next: is_more.then_some(end),
        })
    }
}

/// Where a file is to go.
pub trait Destination: Clone + Send + Sync + 'static {
    /// The right to put it there.
    type Write: Operation;

    /// The way there, if the caller may and nothing is in the way.
    fn uploads<'d>(&self, desk: &'d Changing) -> Result<Uploads<'d>, Refusal>;
}

/// Stores a piece; without bytes it only asks whether more may come.
struct AddPiece<T> {
    to: T,
    begun: Option<BlobId>,
    bytes: Vec<u8>,
    /// How many bytes are announced.
    announced: u64,
}

impl<T: Destination> Command for AddPiece<T> {
    type Operation = T::Write;
    type Answer = Option<BlobId>;
    const PREPARES: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<Option<BlobId>>, Refusal> {
        let uploads = self.to.uploads(desk)?;
        if self.bytes.is_empty() {
            uploads
                .check_space(self.announced, FILE_BYTES_PER_TENANT_MAX)?
                .map_err(not_stored)?;
            return Ok(done(self.begun));
        }
        let added = uploads.add(self.begun, &self.bytes, desk.now(), FILE_BYTES_PER_TENANT_MAX)?;
        Ok(done(Some(added.map_err(not_stored)?)))
    }
}

fn not_stored(why: NotStored) -> Refusal {
    match why {
        NotStored::NoSpace => Refusal::Invalid(Invalid::NoSpaceForFiles),
        NotStored::Gone => Refusal::Busy,
    }
}

/// A file that comes in. Dropped before it is complete, it leaves nothing behind.
pub struct Upload<T> {
    begun: Begun,
    caller: Caller,
    to: T,
    length: u64,
    digest: Context,
    /// What is less than a piece so far.
    rest: Vec<u8>,
}

impl<T: Destination> Upload<T> {
    /// Asks whether the caller may send a file there, of which so many bytes are announced, before any of them is read.
    pub async fn begin(door: &Door, caller: &Caller, to: T, announced: u64) -> Result<Self, Refusal> {
        let upload = Self {
            begun: Begun {
                door: door.clone(),
                tenant: caller.identity().tenant,
                blob: None,
            },
            caller: caller.clone(),
            to,
            length: 0,
            digest: Context::new(&SHA256),
            rest: Vec::new(),
        };
        upload.run(Vec::new(), announced).await?;
        Ok(upload)
    }

    async fn run(&self, bytes: Vec<u8>, announced: u64) -> Result<Option<BlobId>, Refusal> {
        let piece = AddPiece {
            to: self.to.clone(),
            begun: self.begun.blob,
            bytes,
            announced,
        };
        self.begun.door.run(&self.caller, piece).await
    }

    /// Takes bytes in.
    pub async fn add(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length > FILE_BYTES_MAX {
            return Err(Refusal::Invalid(Invalid::FileTooLarge));
        }
        self.digest.update(bytes);
        while !bytes.is_empty() {
            // A whole piece waits until it is known that it is not the last one.
            if self.rest.len() == FILE_PIECE_BYTES {
                let piece = std::mem::take(&mut self.rest);
                self.begun.blob = self.run(piece, 0).await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(FILE_PIECE_BYTES - self.rest.len()));
            self.rest.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Completes the file: the command makes something of its content.
    pub async fn complete<C: Command>(
        mut self,
        command: impl FnOnce(Content) -> C,
    ) -> Result<C::Answer, Refusal> {
        let digest = self.digest.clone().finish();
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest.as_ref());
        let content = Content {
            begun: self.begun.blob,
            last: std::mem::take(&mut self.rest),
            sha256,
        };
        let answer = self.begun.door.run(&self.caller, command(content)).await?;
        self.begun.blob = None;
        Ok(answer)
    }
}

/// A content that has come in, but for its last piece.
pub struct Content {
    begun: Option<BlobId>,
    last: Vec<u8>,
    sha256: [u8; 32],
}

impl Content {
    /// Completes it, so that the change that it is part of can refer to it.
    pub(crate) fn complete(&self, uploads: &Uploads<'_>) -> Result<Blob, Refusal> {
        uploads
            .complete(self.begun, &self.last, self.sha256, FILE_BYTES_PER_TENANT_MAX)?
            .map_err(not_stored)
    }
}

/// Pieces that nothing refers to yet.
struct Begun {
    door: Door,
    tenant: TenantNumber,
    blob: Option<BlobId>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Without a runtime, as after a crash, the pieces go when they have been left alone for a while.
        if let (Some(blob), Ok(runtime)) = (self.blob, tokio::runtime::Handle::try_current()) {
            let (door, tenant) = (self.door.clone(), self.tenant);
            runtime.spawn(async move { door.discard(tenant, blob).await });
        }
    }
}
