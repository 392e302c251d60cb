//! The file that is attached to an event: one at most.

use super::missing;
use crate::desk::{Changing, Reading};
use crate::files::{Content, Destination, Holder};
use crate::note::Note;
use crate::refusal::{Conflict, Missing, Refusal};
use crate::work::{Command, Then, done};
use model::events::Event;
use model::files::File;
use model::ids::EventId;
use policy::operations::events::{AttachmentDelete, AttachmentRead, AttachmentWrite};
use store::blobs::{OpenFile, Uploads};
use store::events::EventChanges;

/// The file attached to an event, to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachedTo(pub EventId);

impl Holder for AttachedTo {
    type Read = AttachmentRead;

    fn open(self, desk: &Reading) -> Result<OpenFile<'_>, Refusal> {
        let rows = desk.tx.events(desk.allow_on_event::<AttachmentRead>(self.0)?);
        let event = rows.event(self.0)?.ok_or(missing(self.0))?;
        rows.file(&event)
            .ok_or(Refusal::Missing(Missing::Attachment(self.0)))
    }
}

/// A file on its way to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAttachment {
    /// To which.
    pub event: EventId,
    /// Whether it takes the place of one that is there; else there must be none.
    pub replaces: bool,
}

impl NewAttachment {
    fn open<'d>(&self, desk: &'d Changing) -> Result<(EventChanges<'d>, Event), Refusal> {
        let rows = desk
            .tx
            .events(desk.allow_on_event::<AttachmentWrite>(self.event)?);
        let event = rows.now().event(self.event)?.ok_or(missing(self.event))?;
        match (event.attachment.is_some(), self.replaces) {
            (true, false) => Err(Refusal::Conflict(Conflict::Attached)),
            (false, true) => Err(Refusal::Missing(Missing::Attachment(self.event))),
            _ => Ok((rows, event)),
        }
    }
}

impl Destination for NewAttachment {
    type Write = AttachmentWrite;

    fn uploads<'d>(&self, desk: &'d Changing) -> Result<Uploads<'d>, Refusal> {
        Ok(self.open(desk)?.0.uploads())
    }
}

/// Attaches a file whose content has come in.
pub struct AttachFile {
    /// To which event.
    pub to: NewAttachment,
    /// Its name; that of the event when absent.
    pub name: Option<String>,
    /// Its media type.
    pub media: String,
    /// What is in it.
    pub content: Content,
}

impl Command for AttachFile {
    type Operation = AttachmentWrite;
    type Answer = File;
    /// What was attached before.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<File>, Refusal> {
        let (rows, event) = self.to.open(desk)?;
        let file = File {
            name: self.name.clone().unwrap_or_else(|| event.id.to_string()),
            media: self.media.clone(),
            content: self.content.complete(&rows.uploads())?,
        };
        rows.attach(&event, Some(file.clone()), desk.now())?;
        let text = format!("{} bytes attached to event {}", file.content.length, event.id);
        desk.note(Note::new("Event", "File attached", event.source).text(text));
        Ok(done(file))
    }
}

/// Removes the file that is attached to an event.
pub struct DeleteAttachment(pub EventId);

impl Command for DeleteAttachment {
    type Operation = AttachmentDelete;
    type Answer = ();
    /// What was attached.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.events(desk.allow_on_event::<AttachmentDelete>(self.0)?);
        let event = rows.now().event(self.0)?.ok_or(missing(self.0))?;
        if event.attachment.is_none() {
            return Err(Refusal::Missing(Missing::Attachment(self.0)));
        }
        rows.attach(&event, None, desk.now())?;
        let text = format!("File removed from event {}", event.id);
        desk.note(Note::new("Event", "File removed", event.source).text(text));
        Ok(done(()))
    }
}
