//! Events as rows: documents about a source, in order of their times.

use crate::blobs::{OpenFile, Uploads, release};
use crate::documents::{Document, DocumentChanges, DocumentRows, Lines, about};
use crate::fault::StoreFault;
use crate::feed::What;
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::device_reports::ReportLog;
use model::events::Event;
use model::files::File;
use model::ids::{EventId, ObjectId, PrincipalId, TenantNumber};
use model::time::Timestamp;
use policy::facts::{ObjectFacts, Principal};

rows! {
    Event => Event,
    ReportLog => DeviceReports,
}

fn reports_key(tenant: TenantNumber, device: PrincipalId) -> Key {
    Key::new(tenant, Table::DeviceReports).number(device.number())
}

impl Lines for Event {
    const OF: Table = Table::EventOf;
    const LINE: u8 = 1;
    const HAS_FILES: bool = true;
}

impl Document for Event {
    fn number(&self) -> u64 {
        self.id.number()
    }

    fn what(&self) -> What {
        What::Event(self.id)
    }

    fn source(&self) -> ObjectId {
        self.source
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn fragments(&self) -> impl Iterator<Item = &str> {
        self.fragments.names()
    }

    fn file(&self) -> Option<&File> {
        self.attachment.as_ref()
    }
}

/// The events of a tenant, to read within a reach.
pub type EventRows<'t> = DocumentRows<'t, Event>;
/// The events of a tenant, to change.
pub type EventChanges<'t> = DocumentChanges<'t, Event>;

impl<'t> EventRows<'t> {
    /// An event within reach, by its id.
    pub fn event(&self, id: EventId) -> Result<Option<Event>, StoreFault> {
        self.document(id.number())
    }

    /// The file of an event that was read here, if one is attached.
    pub fn file(&self, event: &Event) -> Option<OpenFile<'t>> {
        let file = event.attachment.clone()?;
        Some(OpenFile::new(self.view, self.tenant, file))
    }
}

impl<'t> EventChanges<'t> {
    /// A new event id.
    pub fn new_id(&self) -> Result<EventId, StoreFault> {
        self.tx.ids.event(self.tenant)
    }

    /// Contents of files on their way to events within reach.
    pub fn uploads(&self) -> Uploads<'t> {
        Uploads::new(self.tx, self.tenant)
    }

    /// Attaches another file to an event, or none, and lets go of the one that is attached. `before` is the event as it
    /// was read here.
    pub fn attach(&self, before: &Event, file: Option<File>, now: Timestamp) -> Result<(), StoreFault> {
        let event = Event {
            attachment: file,
            updated: now,
            ..before.clone()
        };
        self.update(before, &event)?;
        if let Some(old) = &before.attachment {
            release(self.tx, self.tenant, &old.content)?;
        }
        Ok(())
    }
}

impl EventChanges<'_> {
    /// How far the security events of a device have come.
    pub fn reports(&self, device: PrincipalId) -> Result<ReportLog, StoreFault> {
        let known = self.tx.view.row::<ReportLog>(&reports_key(self.tenant, device))?;
        Ok(known.unwrap_or_default())
    }

    /// Keeps that.
    pub fn put_reports(&self, device: PrincipalId, reports: &ReportLog) -> Result<(), StoreFault> {
        self.tx.put(&reports_key(self.tenant, device), reports)
    }
}

impl View {
    /// The source of an event, and the names of the event's fragments.
    pub fn event_facts(
        &self,
        who: &Principal,
        id: EventId,
    ) -> Result<Option<(ObjectFacts, Vec<String>)>, StoreFault> {
        self.piece_facts(who, about::<Event>(self, who.tenant(), id.number())?)
    }
}
