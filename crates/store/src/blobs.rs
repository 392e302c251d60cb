//! The contents of files, in sealed pieces. A content comes in by small commits under an id that nothing refers to, and is
//! *loose*; the command that completes it makes something refer to it, once. When that is deleted or gets another content,
//! the old one is loose again. What is loose for long is removed, so that whatever stops in between leaves nothing behind.
//!
//! What a file belongs to and who may read it is not known here: those who refer to contents open them.

mod loose;
mod space;

pub(crate) use loose::release;
pub use loose::{RemovedBlob, discard, remove_loose};
pub(crate) use space::{SpaceMove, Spaces};

use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use loose::{Loose, loose_key};
use model::files::{Blob, File};
use model::ids::{BlobId, TenantNumber};
use model::limits::FILE_PIECE_BYTES;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A piece of a content.
#[derive(Serialize, Deserialize)]
struct Piece(#[serde(with = "as_bytes")] Vec<u8>);
rows!(Piece => BlobPiece);

/// Bytes in one go, not number by number.
mod as_bytes {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;
    use std::fmt;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_bytes(Bytes)
    }

    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
}

fn pieces_of(tenant: TenantNumber, blob: BlobId) -> Key {
    Key::new(tenant, Table::BlobPiece).number(blob.number())
}

/// Why nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotStored {
    /// The tenant's files have as many bytes as they may.
    NoSpace,
    /// What was begun was removed meanwhile: it took too long.
    Gone,
}

/// Contents of files on their way in. It comes out of a proof for what the file is to belong to.
pub struct Uploads<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> Uploads<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// Refuses unless so many bytes more would fit now.
    pub fn check_space(&self, bytes: u64, most: u64) -> Result<Result<(), NotStored>, StoreFault> {
        let used = space::used(&self.tx.view, self.tenant)?;
        Ok(match used.checked_add(bytes) {
            Some(after) if after <= most => Ok(()),
            _ => Err(NotStored::NoSpace),
        })
    }

    /// Stores the next piece of a content, of [`FILE_PIECE_BYTES`] but for the last; the first begins it. All contents of
    /// the tenant together may have at most `most` bytes.
    pub fn add(
        &self,
        begun: Option<BlobId>,
        bytes: &[u8],
        now: Timestamp,
        most: u64,
    ) -> Result<Result<BlobId, NotStored>, StoreFault> {
        debug_assert!(bytes.len() <= FILE_PIECE_BYTES);
        let (id, mut loose) = match begun {
            Some(id) => match self.tx.view.row::<Loose>(&loose_key(self.tenant, id))? {
                Some(loose) => (id, loose),
                None => return Ok(Err(NotStored::Gone)),
            },
            None => (self.tx.ids.blob(self.tenant)?, Loose::default()),
        };
        if let Err(full) = self.check_space(bytes.len() as u64, most)? {
            return Ok(Err(full));
        }
        self.put_piece(id, loose.pieces, bytes, most)?;
        loose.pieces += 1;
        loose.bytes += bytes.len() as u64;
        loose.touched = now;
        self.tx.put(&loose_key(self.tenant, id), &loose)?;
        Ok(Ok(id))
    }

    fn put_piece(&self, id: BlobId, number: u32, bytes: &[u8], most: u64) -> Result<(), StoreFault> {
        let key = pieces_of(self.tenant, id).number32(number);
        self.tx.put(&key, &Piece(bytes.to_vec()))?;
        space::moves(self.tx, bytes.len() as i64, most);
        Ok(())
    }

    /// Completes a content with its last piece (empty if there is none more), so that something can refer to it. It must
    /// be stored in the same transaction.
    pub fn complete(
        &self,
        begun: Option<BlobId>,
        last: &[u8],
        sha256: [u8; 32],
        most: u64,
    ) -> Result<Result<Blob, NotStored>, StoreFault> {
        let mut loose = Loose::default();
        let id = match begun {
            Some(id) => {
                let key = loose_key(self.tenant, id);
                match self.tx.view.row::<Loose>(&key)? {
                    Some(found) => loose = found,
                    None => return Ok(Err(NotStored::Gone)),
                }
                self.tx.delete(&key);
                id
            }
            None => self.tx.ids.blob(self.tenant)?,
        };
        if !last.is_empty() {
            if let Err(full) = self.check_space(last.len() as u64, most)? {
                return Ok(Err(full));
            }
            self.put_piece(id, loose.pieces, last, most)?;
            loose.pieces += 1;
            loose.bytes += last.len() as u64;
        }
        Ok(Ok(Blob {
            id,
            length: loose.bytes,
            piece_bytes: FILE_PIECE_BYTES as u32,
            pieces: loose.pieces,
            sha256,
        }))
    }
}

/// A file that may be read: it comes out of a proof for what it belongs to.
pub struct OpenFile<'t> {
    view: &'t View,
    tenant: TenantNumber,
    /// The file.
    pub file: File,
}

impl<'t> OpenFile<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber, file: File) -> Self {
        Self { view, tenant, file }
    }

    /// The piece that holds this place in the content, from there on; nothing behind the end.
    pub fn from(&self, place: u64) -> Result<Option<Vec<u8>>, StoreFault> {
        let content = &self.file.content;
        if place >= content.length {
            return Ok(None);
        }
        let each = u64::from(content.piece_bytes);
        let inconsistent = || StoreFault::Inconsistent {
            tenant: self.tenant,
            what: "the content of a file",
        };
        let number = place
            .checked_div(each)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(inconsistent)?;
        let key = pieces_of(self.tenant, content.id).number32(number);
        let Some(Piece(mut bytes)) = self.view.row::<Piece>(&key)? else {
            return Err(inconsistent());
        };
        let wanted = each.min(content.length - u64::from(number) * each);
        if bytes.len() as u64 != wanted {
            return Err(inconsistent());
        }
        bytes.drain(..(place % each) as usize);
        Ok(Some(bytes))
    }
}
