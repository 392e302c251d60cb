//! Files of applications as browsers load them. Whoever knows the host name of a tenant and the path of an application
//! may load its files, as on every web site: they are shown in an origin of their own, where no credential of this one is
//! sent along. So they hold no secrets, and nothing else of a tenant is told here.
//!
//! A file is unpacked while it is sent, a piece at a time, out of the archive that was looked into when it came.

use super::archive::INDEX_FILE;
use crate::door::Door;
use crate::refusal::{FaultId, Missing, Refusal};
use crate::shares::{Place, Shares};
use flate2::{Decompress, FlushDecompress, Status};
use model::applications::{Application, ApplicationKind, Archive, ContextPath};
use model::ids::{ApplicationId, MANAGEMENT, TenantNumber};
use model::json::Json;
use model::limits::HOSTED_FILES_AT_ONCE_MAX;
use model::names::Domain;
use model::tenants::TenantStatus;
use policy::decide::decide_public;
use policy::operations::applications::HostedFileRead;
use store::applications::{ApplicationRows, HostedFile};
use store::transaction::ReadTx;

/// Bytes that are unpacked at a time.
const CHUNK_BYTES: usize = 64 << 10;

static AT_ONCE: Shares<TenantNumber> = Shares::new(HOSTED_FILES_AT_ONCE_MAX);

/// A file of an application, to be sent.
pub struct Hosted {
    /// Its path in the archive, which tells its media type.
    pub path: String,
    /// How many bytes it has.
    pub length: u64,
    /// Another content has another tag.
    pub tag: String,
    /// What the makers of the application want to be forbidden beyond what is forbidden anyway.
    pub policy: Option<String>,
    /// Its bytes.
    pub bytes: Unpacking,
}

/// The bytes of a file while they are unpacked.
pub struct Unpacking {
    door: Door,
    owner: TenantNumber,
    application: ApplicationId,
    archive: Archive,
    file: HostedFile,
    /// How many packed bytes were taken.
    taken: u64,
    /// Packed bytes that wait to be unpacked.
    waiting: Vec<u8>,
    inflate: Option<Box<Decompress>>,
    /// How many bytes were given.
    given: u64,
    _place: Place<TenantNumber>,
}

/// An application that is served, and whose it is.
struct Served {
    owner: TenantNumber,
    application: Application,
}

impl Door {
    /// The file that a browser asks for: of the tenant of this host name, of the application at this path (with
    /// `@version` behind it, that version), at this path in it. Whatever of it is not there, the answer is the same.
    pub async fn hosted(&self, host: Option<&Domain>, context: &str, path: &str) -> Result<Hosted, Refusal> {
        let (inside, host) = (self.0.clone(), host.cloned());
        let (context, path) = (context.to_owned(), path.to_owned());
        let found = self.work(move || {
            let missing = || Refusal::Missing(Missing::HostedFile);
            let tenant = inside.tenant_named(None, host.as_ref())?;
            let tenant = tenant.filter(|tenant| tenant.status == TenantStatus::Active);
            let tenant = tenant.ok_or_else(missing)?.number;
            // Of the tenant whose host name it is: its guests take nobody else's places.
            let place = AT_ONCE.take(tenant).ok_or(Refusal::Busy)?;
            let (name, version) = match context.split_once('@') {
                Some((name, version)) => (name, Some(version)),
                None => (context.as_str(), None),
            };
            let name: ContextPath = name.parse().map_err(|_| missing())?;
            let own = inside.store.read(tenant)?;
            let served = served_in(&own, tenant, &name, || Ok(inside.store.read(MANAGEMENT)?))?;
            let Served { owner, application } = served.ok_or_else(missing)?;
            let archive = match version {
                Some(version) => application.version(version),
                None => application.served(),
            };
            let archive = archive.ok_or_else(missing)?.clone();
            let tx = inside.store.read(owner)?;
            let file = file_in(&rows(&tx, owner)?, &archive, &path)?;
            let file = file.ok_or_else(missing)?;
            Ok((owner, application, archive, file, place))
        });
        let (owner, application, archive, file, place) = found.await.map_err(|refused| refused.refusal)?;
        let policy = application.properties.get("contentSecurityPolicy");
        let of_manifest = application
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.get("contentSecurityPolicy"));
        Ok(Hosted {
            path: file.path.clone(),
            length: file.length,
            tag: format!("\"{}-{:08x}-{}\"", archive.id, file.checksum, file.length),
            policy: policy.or(of_manifest).and_then(Json::as_str).map(str::to_owned),
            bytes: Unpacking {
                door: self.clone(),
                owner,
                application: application.id,
                archive,
                taken: 0,
                waiting: Vec::new(),
                inflate: file.is_deflated.then(|| Box::new(Decompress::new(false))),
                given: 0,
                file,
                _place: place,
            },
        })
    }
}

fn rows(tx: &ReadTx, of: TenantNumber) -> Result<ApplicationRows<'_>, Refusal> {
    let proof = decide_public::<HostedFileRead>(of).map_err(|_| Refusal::Forbidden)?;
    Ok(tx.applications(proof))
}

/// The application that a tenant has at a path: its own, or one of the management tenant's that it is subscribed to.
fn served_in(
    own: &ReadTx,
    tenant: TenantNumber,
    path: &ContextPath,
    management: impl Fn() -> Result<ReadTx, Refusal>,
) -> Result<Option<Served>, Refusal> {
    let own = rows(own, tenant)?;
    let is_served = |application: &Application| application.kind == ApplicationKind::Hosted;
    if let Some(application) = own.at(path)?.filter(is_served) {
        return Ok(Some(Served {
            owner: tenant,
            application,
        }));
    }
    if tenant == MANAGEMENT {
        return Ok(None);
    }
    let tx = management()?;
    let Some(application) = rows(&tx, MANAGEMENT)?.at(path)?.filter(is_served) else {
        return Ok(None);
    };
    let subscription = own.subscription(application.id)?;
    let is_subscribed = subscription.is_some_and(|subscription| subscription.owner == MANAGEMENT);
    Ok(is_subscribed.then_some(Served {
        owner: MANAGEMENT,
        application,
    }))
}

/// A file of an archive; for what looks like a page inside of the application, its first page.
fn file_in(rows: &ApplicationRows<'_>, archive: &Archive, path: &str) -> Result<Option<HostedFile>, Refusal> {
    if !path.is_empty()
        && let Some(found) = rows.file(archive.id, path)?
    {
        return Ok(Some(found));
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    match last.contains('.') {
        true => Ok(None),
        false => Ok(rows.file(archive.id, INDEX_FILE)?),
    }
}

impl Unpacking {
    /// The next bytes; nothing behind the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        while self.given < self.file.length {
            if self.waiting.is_empty() && self.taken < self.file.packed {
                self.waiting = self.piece().await?;
                self.taken += self.waiting.len() as u64;
            }
            let bytes = self.unpack()?;
            if !bytes.is_empty() {
                self.given += bytes.len() as u64;
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// The next packed bytes, as long as the application still has the archive.
    async fn piece(&self) -> Result<Vec<u8>, Refusal> {
        let (inside, owner, archive) = (self.door.0.clone(), self.owner, self.archive.clone());
        let (application, place) = (self.application, self.file.offset + self.taken);
        let left = self.file.packed - self.taken;
        let read = self.door.work(move || {
            let tx = inside.store.read(owner)?;
            let rows = rows(&tx, owner)?;
            let now = rows.application(application)?;
            if now.is_none_or(|now| now.archive(archive.id).is_none()) {
                return Err(Refusal::Missing(Missing::HostedFile).into());
            }
            let mut bytes = rows.open(&archive).from(place)?.unwrap_or_default();
            bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            Ok(bytes)
        });
        read.await.map_err(|refused| refused.refusal)
    }

    fn unpack(&mut self) -> Result<Vec<u8>, Refusal> {
        let damaged = || Refusal::Fault(FaultId::report(&"a file of an archive could not be unpacked"));
        let Some(inflate) = &mut self.inflate else {
            let bytes = std::mem::take(&mut self.waiting);
            return if bytes.is_empty() {
                Err(damaged())
            } else {
                Ok(bytes)
            };
        };
        let mut bytes = vec![0; CHUNK_BYTES];
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let status = inflate
            .decompress(&self.waiting, &mut bytes, FlushDecompress::None)
            .map_err(|_| damaged())?;
        let (taken, made) = (inflate.total_in() - before_in, inflate.total_out() - before_out);
        let is_over = self.taken == self.file.packed;
        if made == 0 && (status == Status::StreamEnd || (taken == 0 && is_over)) {
            return Err(damaged());
        }
        self.waiting
            .drain(..usize::try_from(taken).unwrap_or(0).min(self.waiting.len()));
        bytes.truncate(usize::try_from(made).unwrap_or(0));
        Ok(bytes)
    }
}
