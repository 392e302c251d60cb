//! Archives of applications: uploading, reading back, deleting, and the versions and tags that they have.

use super::archive::{BadArchive, Unread, look_into};
use super::parts::PartKeys;
use super::write::{Written, change, own};
use super::{allow, missing};
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::files::{AboutFile, Content, Destination, Holder, ReadPiece, Upload};
use crate::note::Note;
use crate::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::applications::{
    Application, ApplicationChange, ApplicationKind, Archive, ContextPath, LATEST, NewApplication, RoleName,
    VersionName,
};
use model::files::File;
use model::ids::{ApplicationId, ArchiveId};
use model::json::Object;
use model::limits::{ARCHIVES_MAX, VERSION_TAGS_MAX};
use model::names::Label;
use policy::operations::applications::{ApplicationRead, ArchiveAdmin, ArchiveRead};
use std::collections::BTreeSet;
use store::blobs::{OpenFile, Uploads};

fn no_archive(id: &(impl ToString + ?Sized)) -> Refusal {
    Refusal::Missing(Missing::Archive(id.to_string()))
}

/// An archive, to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveOf {
    /// The application.
    pub application: ApplicationId,
    /// The archive.
    pub archive: ArchiveId,
}

impl Holder for ArchiveOf {
    type Read = ArchiveRead;

    fn open(self, desk: &Reading) -> Result<OpenFile<'_>, Refusal> {
        let rows = desk.tx.applications(allow::<ArchiveRead, _>(desk)?);
        let application = rows
            .application(self.application)?
            .ok_or(missing(self.application))?;
        let archive = application
            .archive(self.archive)
            .ok_or(no_archive(&self.archive))?;
        Ok(rows.open(archive))
    }
}

/// Lists the archives of an application of the tenant's own.
pub struct ReadArchives(pub ApplicationId);

impl Query for ReadArchives {
    type Operation = ArchiveRead;
    type Answer = Vec<Archive>;

    fn answer(&self, desk: &Reading) -> Result<Vec<Archive>, Refusal> {
        let rows = desk.tx.applications(allow::<ArchiveRead, _>(desk)?);
        Ok(rows.application(self.0)?.ok_or(missing(self.0))?.archives)
    }
}

/// Lists the versions of an application of the tenant's own.
pub struct ReadVersions(pub ApplicationId);

impl Query for ReadVersions {
    type Operation = ApplicationRead;
    type Answer = Vec<Archive>;

    fn answer(&self, desk: &Reading) -> Result<Vec<Archive>, Refusal> {
        let rows = desk.tx.applications(allow::<ApplicationRead, _>(desk)?);
        let mut archives = rows.application(self.0)?.ok_or(missing(self.0))?.archives;
        archives.retain(|archive| archive.version.is_some());
        Ok(archives)
    }
}

/// An archive on its way to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveFor(pub ApplicationId);

impl Destination for ArchiveFor {
    type Write = ArchiveAdmin;

    fn uploads<'d>(&self, desk: &'d Changing) -> Result<Uploads<'d>, Refusal> {
        let realm = desk.tx.realm(allow::<ArchiveAdmin, _>(desk)?);
        let application = own(&realm, self.0)?;
        check_room(&application)?;
        Ok(realm.applications().uploads())
    }
}

fn check_room(application: &Application) -> Result<(), Refusal> {
    if application.kind == ApplicationKind::External {
        return Err(Refusal::Invalid(Invalid::NoArchives));
    }
    if application.archives.len() >= ARCHIVES_MAX {
        return Err(Refusal::Invalid(Invalid::TooMany(Bound::Archives)));
    }
    Ok(())
}

/// What the makers of an application say of it in its archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// All of it.
    pub manifest: Object,
    /// The roles that a microservice's users are to have.
    pub required_roles: Option<BTreeSet<RoleName>>,
    /// The roles that it knows itself.
    pub roles: Option<BTreeSet<RoleName>>,
}

/// Keeps an archive that has come in.
pub struct AddArchive {
    /// Of which application.
    pub of: ArchiveFor,
    /// The file's name.
    pub name: String,
    /// The version that it is.
    pub version: Option<(VersionName, BTreeSet<VersionName>)>,
    /// What is in it.
    pub content: Content,
    /// Reads what the makers say.
    pub read_manifest: fn(&[u8]) -> Option<Manifest>,
    /// Keys, in case that a microservice asks for more roles.
    pub keys: PartKeys,
}

/// An archive that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The application with it.
    pub written: Written,
    /// The archive.
    pub archive: Archive,
}

impl Command for AddArchive {
    type Operation = ArchiveAdmin;
    type Answer = Added;

    fn change(&self, desk: &Changing) -> Result<Then<Added>, Refusal> {
        let realm = desk.tx.realm(allow::<ArchiveAdmin, _>(desk)?);
        let before = own(&realm, self.of.0)?;
        check_room(&before)?;
        let rows = realm.applications();
        let file = File {
            name: self.name.clone(),
            media: "application/zip".to_owned(),
            content: self.content.complete(&rows.uploads())?,
        };
        let is_served = before.kind == ApplicationKind::Hosted;
        let inside = look_into(rows.incoming(file.clone()), is_served).map_err(|unread| match unread {
            Unread::Bad(bad) => Refusal::Invalid(Invalid::Archive(bad)),
            Unread::Fault(fault) => fault.into(),
        })?;
        let mut archive = Archive {
            id: rows.new_archive()?,
            file,
            created: desk.now(),
            version: None,
            tags: BTreeSet::new(),
        };
        let mut after = before.clone();
        if let Some((version, tags)) = &self.version {
            name_version(&mut after, &mut archive, version, tags)?;
        }
        rows.put_files(archive.id, &inside.files)?;
        after.archives.push(archive.clone());
        rows.put(Some(&before), &after)?;
        let text = format!(
            "Archive {} of {} bytes kept for {}",
            archive.id, archive.file.content.length, before.name
        );
        desk.note(Note::new("Application", "Application binary uploaded", before.id).text(text));
        let said = match inside.manifest {
            Some(text) => (self.read_manifest)(&text)
                .map(Some)
                .ok_or(Refusal::Invalid(Invalid::Archive(BadArchive::Manifest)))?,
            None => None,
        };
        let told = follow(&after, &archive, said);
        let written = change(desk, &realm, &after, &told, &self.keys)?;
        Ok(done(Added { written, archive }))
    }
}

/// What changes of an application with its first archive, and with what its makers say in any.
fn follow(application: &Application, archive: &Archive, said: Option<Manifest>) -> ApplicationChange {
    let mut change = ApplicationChange::default();
    if application.active.is_none() {
        change.active = Some(Some(archive.id));
    }
    if let Some(said) = said {
        change.manifest = Some(Some(said.manifest));
        if application.kind == ApplicationKind::Microservice {
            change.required_roles = said.required_roles;
            change.roles = said.roles;
        }
    }
    change
}

/// Gives an archive a version and tags that no other has. The first version is the latest one.
fn name_version(
    application: &mut Application,
    archive: &mut Archive,
    version: &VersionName,
    tags: &BTreeSet<VersionName>,
) -> Result<(), Refusal> {
    if application.version(version.as_str()).is_some() {
        return Err(Refusal::Conflict(Conflict::VersionTaken));
    }
    let is_first = application
        .archives
        .iter()
        .all(|archive| archive.version.is_none());
    let mut tags = tags.clone();
    if is_first {
        tags.extend(latest());
    }
    archive.version = Some(version.clone());
    take_tags(application, &tags)?;
    archive.tags = tags;
    Ok(())
}

fn latest() -> Option<VersionName> {
    LATEST.parse().ok()
}

/// Takes `latest` from the one that has it; other tags must be free.
fn take_tags(application: &mut Application, tags: &BTreeSet<VersionName>) -> Result<(), Refusal> {
    if tags.len() > VERSION_TAGS_MAX {
        return Err(Refusal::Invalid(Invalid::TooMany(Bound::Tags)));
    }
    for tag in tags {
        if tag.as_str() == LATEST {
            for archive in &mut application.archives {
                archive.tags.remove(tag);
            }
        } else if application.version(tag.as_str()).is_some() {
            return Err(Refusal::Conflict(Conflict::VersionTaken));
        }
    }
    Ok(())
}

/// Gives a version exactly these tags.
pub struct TagVersion {
    /// Of which application.
    pub of: ApplicationId,
    /// The version.
    pub version: String,
    /// Its tags from now on.
    pub tags: BTreeSet<VersionName>,
}

impl Command for TagVersion {
    type Operation = ArchiveAdmin;
    /// The version as it is now.
    type Answer = Archive;

    fn change(&self, desk: &Changing) -> Result<Then<Archive>, Refusal> {
        let realm = desk.tx.realm(allow::<ArchiveAdmin, _>(desk)?);
        let before = own(&realm, self.of)?;
        let id = version_named(&before, &self.version)?.id;
        let mut after = before.clone();
        let is_it = |archive: &Archive| archive.id == id;
        let mut found = None;
        if let Some(archive) = after.archives.iter_mut().find(|archive| is_it(archive)) {
            let had_latest = archive.tags.iter().any(|tag| tag.as_str() == LATEST);
            if had_latest && !self.tags.iter().any(|tag| tag.as_str() == LATEST) {
                return Err(Refusal::Conflict(Conflict::LatestVersion));
            }
            archive.tags.clear();
        }
        take_tags(&mut after, &self.tags)?;
        if let Some(archive) = after.archives.iter_mut().find(|archive| is_it(archive)) {
            archive.tags.clone_from(&self.tags);
            found = Some(archive.clone());
        }
        realm.applications().put(Some(&before), &after)?;
        let tags: Vec<_> = self.tags.iter().map(VersionName::as_str).collect();
        let text = format!("Version {} tagged [{}]", self.version, tags.join(", "));
        desk.note(Note::new("Application", "Application version tagged", self.of).text(text));
        Ok(done(found.ok_or(no_archive(&id))?))
    }
}

fn version_named<'a>(application: &'a Application, name: &str) -> Result<&'a Archive, Refusal> {
    application
        .archives
        .iter()
        .find(|archive| {
            archive
                .version
                .as_ref()
                .is_some_and(|version| version.as_str() == name)
        })
        .ok_or_else(|| no_archive(name))
}

/// Which archive goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// This one.
    Archive(ArchiveId),
    /// The one with this version.
    Version(String),
    /// The one with this tag.
    Tag(String),
}

/// Deletes an archive. By its version or tag, not the latest one.
pub struct DeleteArchive {
    /// Of which application.
    pub of: ApplicationId,
    /// Which.
    pub which: Which,
}

impl Command for DeleteArchive {
    type Operation = ArchiveAdmin;
    type Answer = ();
    /// The content.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow::<ArchiveAdmin, _>(desk)?);
        let before = own(&realm, self.of)?;
        let archive = match &self.which {
            Which::Archive(id) => before.archive(*id).ok_or(no_archive(&id))?,
            Which::Version(name) => version_named(&before, name)?,
            Which::Tag(name) => {
                let mut all = before.archives.iter();
                let found = all.find(|archive| archive.tags.iter().any(|tag| tag.as_str() == name));
                found.ok_or_else(|| no_archive(name))?
            }
        };
        let is_latest = archive.tags.iter().any(|tag| tag.as_str() == LATEST);
        if is_latest && !matches!(self.which, Which::Archive(_)) {
            return Err(Refusal::Conflict(Conflict::LatestVersion));
        }
        let mut after = before.clone();
        after.archives.retain(|other| other.id != archive.id);
        if after.active == Some(archive.id) {
            after.active = None;
        }
        let rows = realm.applications();
        rows.release(archive)?;
        rows.put(Some(&before), &after)?;
        let text = format!("Archive {} of {} deleted", archive.id, before.name);
        desk.note(Note::new("Application", "Application binary deleted", self.of).text(text));
        Ok(done(()))
    }
}

/// Reads an application that is to be copied.
struct ReadOriginal(ApplicationId);

impl Query for ReadOriginal {
    type Operation = ArchiveRead;
    type Answer = Application;

    fn answer(&self, desk: &Reading) -> Result<Application, Refusal> {
        let rows = desk.tx.applications(allow::<ArchiveRead, _>(desk)?);
        rows.application(self.0)?.ok_or(missing(self.0))
    }
}

impl Door {
    /// Takes from the users of an application everywhere what it does not ask for any more, after an archive has said so.
    pub async fn finish_upload(&self, added: Added) -> Result<Added, Refusal> {
        self.narrow_everywhere(&added.written).await?;
        Ok(added)
    }

    /// Copies an application of the caller's tenant: `clone` stands before its name, key and path, and it has the archive
    /// of this version or tag, or the one that is served.
    pub async fn clone_application(
        &self,
        caller: &Caller,
        id: ApplicationId,
        version: Option<String>,
        read_manifest: fn(&[u8]) -> Option<Manifest>,
    ) -> Result<Written, Refusal> {
        let original = self.ask(caller, ReadOriginal(id)).await?;
        let archive = match &version {
            Some(name) => Some(original.version(name).ok_or_else(|| no_archive(name))?.clone()),
            None => original.served().cloned(),
        };
        let copy = self.create_application(caller, copy_of(original)?).await?;
        let Some(archive) = archive else {
            return Ok(copy);
        };
        let of = ArchiveOf {
            application: id,
            archive: archive.id,
        };
        let added = self
            .copy_archive(caller, of, ArchiveFor(copy.id), read_manifest)
            .await;
        match added {
            Ok(added) => Ok(added),
            Err(refusal) => {
                self.delete_application(caller, copy.id, false).await?;
                Err(refusal)
            }
        }
    }

    async fn copy_archive(
        &self,
        caller: &Caller,
        of: ArchiveOf,
        to: ArchiveFor,
        read_manifest: fn(&[u8]) -> Option<Manifest>,
    ) -> Result<Written, Refusal> {
        let file = self.ask(caller, AboutFile(of)).await?;
        let mut upload = Upload::begin(self, caller, to, file.content.length).await?;
        let mut next = Some(0);
        while let Some(from) = next {
            let piece = ReadPiece {
                of,
                content: file.content.id,
                from,
                until: file.content.length,
            };
            let piece = self.ask(caller, piece).await?;
            upload.add(&piece.bytes).await?;
            next = piece.next;
        }
        let keys = self.new_part_keys(caller.tenant_id());
        let added = upload.complete(|content| AddArchive {
            of: to,
            name: file.name,
            version: None,
            content,
            read_manifest,
            keys,
        });
        Ok(added.await?.written)
    }
}

fn copy_of(original: Application) -> Result<NewApplication, Refusal> {
    let invalid = |_| Refusal::Invalid(Invalid::NoContextPath);
    let prefixed = |text: &str| format!("clone{text}");
    let label = |text: &Label| prefixed(text.as_str()).parse::<Label>().map_err(invalid);
    let path = original.context_path.as_ref();
    let path = path.map(|path| prefixed(path.as_str()).parse::<ContextPath>().map_err(invalid));
    Ok(NewApplication {
        kind: original.kind,
        name: label(&original.name)?,
        key: label(&original.key)?,
        context_path: path.transpose()?,
        availability: original.availability,
        description: original.description,
        required_roles: original.required_roles,
        roles: original.roles,
        manifest: original.manifest,
        properties: original.properties,
    })
}
