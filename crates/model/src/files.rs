//! Files: attachments of events, and binaries of the inventory. Their content is a blob that lies apart in pieces.

use crate::ids::BlobId;
use serde::{Deserialize, Serialize};

/// The fragment that tells of a file: of an event with an attachment, and of a managed object that is a file.
pub const IS_BINARY: &str = "c8y_IsBinary";
/// Properties of a managed object that is a file, which the platform sets.
pub const BINARY_PROPERTIES: [&str; 3] = [IS_BINARY, "contentType", "length"];
/// The media type of a file of which nothing is known.
pub const UNKNOWN_MEDIA: &str = "application/octet-stream";

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its identifier: another content has another one.
    pub id: BlobId,
    /// Its length in bytes.
    pub length: u64,
    /// How many bytes each piece has, but for the last.
    pub piece_bytes: u32,
    /// How many pieces there are.
    pub pieces: u32,
    /// The SHA-256 of all of it.
    pub sha256: [u8; 32],
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, as the client gave it: no path, and no name to be trusted.
    pub name: String,
    /// Its media type, as the client gave it.
    pub media: String,
    /// What is in it.
    pub content: Blob,
}
