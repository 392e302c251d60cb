//! Applications as rows: what a tenant owns lies in its identity part, because it says which roles users get; the files in
//! archives are found by rows of the payload part, where the archives lie sealed in pieces.
//!
//! Subscriptions lie with the tenant that is subscribed. Which tenants these are, the owner's rows only point at: what
//! counts is what the other tenant's own rows say.

use crate::backend::Direction;
use crate::blobs::{OpenFile, Uploads, release};
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::options::shown_value;
use crate::realm::{RealmChanges, RealmRows, user_key};
use crate::rows::{Key, Table, last_number32, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::applications::{ActsFor, Application, Archive, ContextPath, Subscription};
use model::files::File;
use model::ids::{ApplicationId, ArchiveId, MANAGEMENT, PrincipalId, TenantNumber};
use model::names::{Label, UserName};
use model::tenants::Tenant;
use model::users::{User, UserKind};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

#[derive(Serialize, Deserialize)]
struct ApplicationRow(ApplicationId);

/// That a user acts for a microservice, and the seed of its key.
#[derive(Serialize, Deserialize)]
struct PartRow {
    acts: ActsFor,
    seed: [u8; 32],
}

/// A file in an archive: where it lies in there, and how it is packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostedFile {
    /// Its path, without a slash at the beginning.
    pub path: String,
    /// Where its packed bytes begin in the archive.
    pub offset: u64,
    /// How many there are.
    pub packed: u64,
    /// How many there are unpacked.
    pub length: u64,
    /// Whether they are packed at all (deflate).
    pub is_deflated: bool,
    /// The checksum of the unpacked bytes, as the archive has it.
    pub checksum: u32,
}

rows! {
    Application => Application,
    ApplicationRow => ApplicationByText,
    Subscription => Subscription,
    PartRow => ActsFor,
    HostedFile => HostedFile,
}

fn application_key(tenant: TenantNumber, id: ApplicationId) -> Key {
    Key::new(tenant, Table::Application).number(id.number())
}

fn subscription_key(tenant: TenantNumber, id: ApplicationId) -> Key {
    Key::new(tenant, Table::Subscription).number(id.number())
}

fn part_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::ActsFor).number(user.number())
}

fn text_key(keys: &Keys, tenant: TenantNumber, kind: &'static str, text: &str) -> Result<Key, StoreFault> {
    let blind = keys.blind_identity(tenant, kind, text)?;
    Ok(Key::new(tenant, Table::ApplicationByText).blind(blind))
}

fn files_of(tenant: TenantNumber, archive: ArchiveId) -> Key {
    Key::new(tenant, Table::HostedFile).number(archive.number())
}

fn file_key(keys: &Keys, tenant: TenantNumber, archive: ArchiveId, path: &str) -> Result<Key, StoreFault> {
    let blind = keys.blind_payload(tenant, "hosted-file", path.as_bytes())?;
    Ok(files_of(tenant, archive).blind(blind))
}

/// The texts by which an application is found, each unique among those of its owner.
fn texts(application: &Application) -> impl Iterator<Item = (&'static str, &str)> {
    let path = application.context_path.as_ref();
    [
        ("application-name", application.name.as_str()),
        ("application-key", application.key.as_str()),
    ]
    .into_iter()
    .chain(path.map(|path| ("application-path", path.as_str())))
}

/// The microservice that a user acts for.
pub(crate) fn acts_for(
    view: &View,
    tenant: TenantNumber,
    user: &User,
) -> Result<Option<ActsFor>, StoreFault> {
    if user.kind != UserKind::Service {
        return Ok(None);
    }
    let row = view.row::<PartRow>(&part_key(tenant, user.id))?;
    Ok(row.map(|row| row.acts))
}

/// What one who may read a microservice's credentials needs: the name of a user, and the seed of its key.
pub struct PartCredential {
    /// The user's name.
    pub name: UserName,
    /// The seed.
    pub seed: [u8; 32],
}

impl View {
    /// As whom a microservice of that owner comes in at a tenant: for its bootstrap user, whose own proof is another
    /// tenant's. Nothing unless the tenant's rows say that it is subscribed.
    pub fn service_user_of(
        &self,
        tenant: &Tenant,
        owner: TenantNumber,
        application: ApplicationId,
    ) -> Result<Option<PartCredential>, StoreFault> {
        let subscription = self.row::<Subscription>(&subscription_key(tenant.number, application))?;
        let subscription = subscription.filter(|subscription| subscription.owner == owner);
        match subscription.and_then(|subscription| subscription.user) {
            Some(user) => RealmRows::new(self, tenant.number).part_credential(user),
            None => Ok(None),
        }
    }
}

impl<'t> RealmRows<'t> {
    /// The applications of the realm.
    pub fn applications(&self) -> ApplicationRows<'t> {
        ApplicationRows::new(self.view, self.tenant)
    }

    /// The microservice that a user acts for.
    pub fn acts_for(&self, user: PrincipalId) -> Result<Option<ActsFor>, StoreFault> {
        let row = self.view.row::<PartRow>(&part_key(self.tenant, user))?;
        Ok(row.map(|row| row.acts))
    }

    /// The name of a microservice's user and the seed of its key.
    pub fn part_credential(&self, user: PrincipalId) -> Result<Option<PartCredential>, StoreFault> {
        let row = self.view.row::<PartRow>(&part_key(self.tenant, user))?;
        let user = self.view.row::<User>(&user_key(self.tenant, user))?;
        Ok(row.zip(user).map(|(row, user)| PartCredential {
            name: user.name,
            seed: row.seed,
        }))
    }
}

impl<'t> RealmChanges<'t> {
    /// The applications of the realm, to change.
    pub fn applications(&self) -> ApplicationChanges<'t> {
        ApplicationChanges {
            tx: self.tx,
            tenant: self.tenant,
        }
    }

    /// Says that a user acts for a microservice, and what its key is made of.
    pub fn put_part(&self, user: PrincipalId, acts: ActsFor, seed: [u8; 32]) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&part_key(self.tenant, user), &PartRow { acts, seed })
    }

    /// Of a user that is being deleted.
    pub(crate) fn forget_part(&self, user: &User) {
        if user.kind == UserKind::Service {
            self.tx.delete(&part_key(self.tenant, user.id));
        }
    }
}

/// The applications of a tenant, to read.
pub struct ApplicationRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> ApplicationRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// An application that the tenant owns.
    pub fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreFault> {
        self.view.row(&application_key(self.tenant, id))
    }

    /// Every application that the tenant owns, in order of creation.
    pub fn applications(&self) -> Result<Vec<Application>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::Application))
    }

    /// The application of the tenant's own with this name.
    pub fn named(&self, name: &Label) -> Result<Option<Application>, StoreFault> {
        self.by_text("application-name", name.as_str())
    }

    /// The one with this key.
    pub fn with_key(&self, key: &Label) -> Result<Option<Application>, StoreFault> {
        self.by_text("application-key", key.as_str())
    }

    /// The one at this path.
    pub fn at(&self, path: &ContextPath) -> Result<Option<Application>, StoreFault> {
        self.by_text("application-path", path.as_str())
    }

    fn by_text(&self, kind: &'static str, text: &str) -> Result<Option<Application>, StoreFault> {
        let key = text_key(&self.view.keys, self.tenant, kind, text)?;
        match self.view.row::<ApplicationRow>(&key)? {
            Some(found) => self.application(found.0),
            None => Ok(None),
        }
    }

    /// What the tenant is subscribed to of this application.
    pub fn subscription(&self, id: ApplicationId) -> Result<Option<Subscription>, StoreFault> {
        self.view.row(&subscription_key(self.tenant, id))
    }

    /// Everything that the tenant is subscribed to.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::Subscription))
    }

    /// Which other tenants were subscribed to an application of the tenant's. Whether they still are, their rows say.
    pub fn subscribers(&self, id: ApplicationId) -> Result<Vec<TenantNumber>, StoreFault> {
        let all = Key::new(self.tenant, Table::Subscriber).number(id.number());
        let mut found = Vec::new();
        let visit = |key: &[u8], _: &[u8]| {
            found.extend(last_number32(key).map(TenantNumber));
            Ok(ControlFlow::Continue(()))
        };
        let (tenant, table) = (self.tenant, Table::Subscriber);
        self.view
            .scan_range(tenant, table, &all.prefix(), Direction::Forward, visit)?;
        Ok(found)
    }

    /// A file in an archive.
    pub fn file(&self, archive: ArchiveId, path: &str) -> Result<Option<HostedFile>, StoreFault> {
        self.view
            .row(&file_key(&self.view.keys, self.tenant, archive, path)?)
    }

    /// The value that the tenant has set for a setting of an application; of a secret one, nothing.
    pub fn setting(&self, category: &str, key: &str) -> Result<Option<String>, StoreFault> {
        shown_value(self.view, self.tenant, category, key)
    }

    /// An archive as it came.
    pub fn open(&self, archive: &Archive) -> OpenFile<'t> {
        OpenFile::new(self.view, self.tenant, archive.file.clone())
    }
}

/// The applications of a tenant, to change.
pub struct ApplicationChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> ApplicationChanges<'t> {
    /// What is there now; the committer refuses the change if it moves.
    pub fn now(&self) -> ApplicationRows<'t> {
        ApplicationRows::new(&self.tx.view, self.tenant)
    }

    /// A new id for an application.
    pub fn new_application(&self) -> Result<ApplicationId, StoreFault> {
        self.tx.ids.application(self.tenant)
    }

    /// A new id for an archive.
    pub fn new_archive(&self) -> Result<ArchiveId, StoreFault> {
        self.tx.ids.archive(self.tenant)
    }

    /// Contents on their way to archives.
    pub fn uploads(&self) -> Uploads<'t> {
        Uploads::new(self.tx, self.tenant)
    }

    /// A content that has come in with this transaction, to look into it before it is kept.
    pub fn incoming(&self, file: File) -> OpenFile<'t> {
        OpenFile::new(&self.tx.view, self.tenant, file)
    }

    /// Stores an application, new or changed. The caller has seen that name, key and path are free.
    pub fn put(&self, before: Option<&Application>, application: &Application) -> Result<(), StoreFault> {
        let now: Vec<_> = texts(application).collect();
        let gone = before.into_iter().flat_map(texts);
        for (kind, text) in gone.filter(|text| !now.contains(text)) {
            self.tx
                .delete(&text_key(&self.tx.view.keys, self.tenant, kind, text)?);
        }
        for (kind, text) in now {
            let key = text_key(&self.tx.view.keys, self.tenant, kind, text)?;
            self.tx.put(&key, &ApplicationRow(application.id))?;
        }
        self.tx
            .put(&application_key(self.tenant, application.id), application)
    }

    /// Removes an application with its archives; the caller has removed its users and subscriptions.
    pub fn delete(&self, application: &Application) -> Result<(), StoreFault> {
        for archive in &application.archives {
            self.release(archive)?;
        }
        for (kind, text) in texts(application) {
            self.tx
                .delete(&text_key(&self.tx.view.keys, self.tenant, kind, text)?);
        }
        self.tx.delete(&application_key(self.tenant, application.id));
        Ok(())
    }

    /// Stores where the files of an archive lie.
    pub fn put_files(&self, archive: ArchiveId, files: &[HostedFile]) -> Result<(), StoreFault> {
        for file in files {
            let key = file_key(&self.tx.view.keys, self.tenant, archive, &file.path)?;
            self.tx.put(&key, file)?;
        }
        Ok(())
    }

    /// Lets go of an archive: its content is removed in the background.
    pub fn release(&self, archive: &Archive) -> Result<(), StoreFault> {
        let all = files_of(self.tenant, archive.id);
        for file in self.tx.view.rows::<HostedFile>(&all)? {
            let key = file_key(&self.tx.view.keys, self.tenant, archive.id, &file.path)?;
            self.tx.delete(&key);
        }
        release(self.tx, self.tenant, &archive.file.content)
    }

    /// Stores what the tenant is subscribed to.
    pub fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreFault> {
        let key = subscription_key(self.tenant, subscription.application);
        self.tx.put(&key, subscription)
    }

    /// Ends a subscription of the tenant; the caller has removed its user.
    pub fn unsubscribe(&self, id: ApplicationId) {
        self.tx.delete(&subscription_key(self.tenant, id));
    }

    /// Notes that another tenant is subscribed to an application of this one. Only those of the management tenant are for
    /// others.
    pub fn put_subscriber(&self, id: ApplicationId, of: TenantNumber) -> Result<(), StoreFault> {
        debug_assert_eq!(self.tenant, MANAGEMENT);
        self.tx.put_index(&self.subscriber_key(id, of))
    }

    /// Forgets it.
    pub fn forget_subscriber(&self, id: ApplicationId, of: TenantNumber) {
        self.tx.delete(&self.subscriber_key(id, of));
    }

    fn subscriber_key(&self, id: ApplicationId, of: TenantNumber) -> Key {
        Key::new(self.tenant, Table::Subscriber)
            .number(id.number())
            .number32(of.0)
    }
}
