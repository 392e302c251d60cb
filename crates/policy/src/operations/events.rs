//! Operations on events and their attachments.

use crate::operation::{Level, Need, Scope, operations, roles_for};

const READ: Need = Need::on(Scope::Event, Level::Read);
const ADMIN: Need = Need::on(Scope::Event, Level::Admin);

operations! {
    /// The entry point of events.
    EventRootRead = "event_root_read" {
        Read Nothing, need: Need::AnyRole(roles_for(Scope::Event, Level::Read)), audit: Quiet, rate: Read
    }
    /// List events.
    EventList = "event_list" {
        Read Events, need: Need::over(Scope::Event, Level::Read), audit: Quiet, rate: Read
    }
    /// Read one event.
    EventRead = "event_read" { Read Events, need: READ, audit: Quiet, rate: Read }
    /// Store an event about a source.
    EventCreate = "event_create" { Write Events, need: ADMIN, audit: Batch, rate: Ingest }
    /// Change an event.
    EventUpdate = "event_update" { Write Events, need: ADMIN, audit: Each, rate: Write }
    /// Delete one event.
    EventDelete = "event_delete" { Write Events, need: ADMIN, audit: Each, rate: Write }
    /// Read the file that is attached to an event.
    AttachmentRead = "attachment_read" { Read Events, need: READ, audit: Quiet, rate: Read }
    /// Attach a file to an event, or another one.
    AttachmentWrite = "attachment_write" { Write Events, need: ADMIN, audit: Each, rate: Write }
    /// Remove the file that is attached to an event.
    AttachmentDelete = "attachment_delete" { Write Events, need: ADMIN, audit: Each, rate: Write }
    /// Delete events by filter.
    EventDeleteMany = "event_delete_many" {
        Write Events, need: Need::over(Scope::Event, Level::Admin), audit: Each, rate: Write
    }
}
