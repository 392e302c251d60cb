//! Archives and versions of applications.

use super::show::show_version;
use super::{answer_written, bad, link};
use crate::answer::Answer;
use crate::call::Call;
use crate::files::{Incoming, receive as receive_file, serve};
use crate::problem::Problem;
use contract::applications::Endpoint;
use contract::applications::bodies::{self, new_version, version_tags};
use contract::body::BadBody;
use engine::applications::archives::{
    AddArchive, Added, ArchiveFor, ArchiveOf, DeleteArchive, Manifest, ReadArchives, ReadVersions,
    TagVersion, Which,
};
use model::applications::{Archive, VersionName};
use model::ids::ApplicationId;
use model::json::{Json, Object};
use std::collections::BTreeSet;

/// What the makers say in an archive, as the engine takes it.
fn read_manifest(bytes: &[u8]) -> Option<Manifest> {
    let said = bodies::manifest(bytes)?;
    Some(Manifest {
        manifest: said.manifest,
        required_roles: said.required_roles,
        roles: said.roles,
    })
}

/// The endpoints that take an archive in.
pub(crate) async fn receive(
    endpoint: Endpoint,
    call: &Call,
    incoming: Incoming<'_>,
) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    match endpoint {
        Endpoint::CreateVersion => {
            let added = take_in(call, incoming, id, true).await?;
            let shown = show_version(&added.archive);
            let at = format!("{}/versions", link(call, id));
            Ok(Answer::json(201, "applicationversion", &shown).at(at))
        }
        _ => {
            let added = take_in(call, incoming, id, false).await?;
            let at = format!("{}/binaries/{}", link(call, id), added.archive.id);
            Ok(answer_written(call, 201, &added.written).at(at))
        }
    }
}

async fn take_in(
    call: &Call,
    incoming: Incoming<'_>,
    id: ApplicationId,
    is_version: bool,
) -> Result<Added, Problem> {
    let of = ArchiveFor(id);
    let received = receive_file(call, incoming, of).await?;
    let version: Option<(VersionName, BTreeSet<VersionName>)> = match (is_version, &received.object) {
        (false, _) => None,
        (true, Some(said)) => Some(new_version(said).map_err(bad(call))?),
        (true, None) => return Err(bad(call)(BadBody::Missing(vec!["applicationVersion"]))),
    };
    let name = received.name.unwrap_or_else(|| "archive.zip".to_owned());
    let keys = call.door().new_part_keys(call.caller()?.tenant_id());
    let added = received.upload.complete(|content| AddArchive {
        of,
        name,
        version,
        content,
        read_manifest,
        keys,
    });
    let added = added.await.map_err(call.refused())?;
    call.door().finish_upload(added).await.map_err(call.refused())
}

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let archives = call.ask(ReadArchives(id)).await?;
    let attachments: Vec<Json> = archives
        .iter()
        .map(|archive| show_archive(call, id, archive).into())
        .collect();
    let mut shown = Object::new();
    shown.set("attachments", attachments);
    Ok(Answer::json(200, "applicationbinaries", &shown))
}

fn show_archive(call: &Call, id: ApplicationId, archive: &Archive) -> Object {
    let mut shown = Object::new();
    shown.set("id", archive.id.to_string());
    shown.set("name", archive.file.name.as_str());
    shown.set("length", archive.file.content.length);
    shown.set("created", archive.created.to_string());
    shown.set(
        "downloadUrl",
        format!("{}/binaries/{}", link(call, id), archive.id),
    );
    if let Some(version) = &archive.version {
        shown.set("description", format!("Version {}", version.as_str()));
    }
    shown
}

/// The archive that the path names.
fn archive_in(call: &Call) -> Result<ArchiveOf, Problem> {
    Ok(ArchiveOf {
        application: call.id(0)?,
        archive: call.id(1)?,
    })
}

pub(super) async fn download(call: Call) -> Result<Answer, Problem> {
    let of = archive_in(&call)?;
    serve(call, of).await
}

pub(super) async fn delete(call: &Call) -> Result<Answer, Problem> {
    let ArchiveOf { application, archive } = archive_in(call)?;
    let command = DeleteArchive {
        of: application,
        which: Which::Archive(archive),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

/// The version or tag that is asked for; not both.
fn asked(call: &Call) -> Result<Option<Which>, Problem> {
    match (call.text("version"), call.text("tag")) {
        (Some(_), Some(_)) => Err(Problem::contradiction(call, "version", "tag")),
        (Some(version), None) => Ok(Some(Which::Version(version))),
        (None, Some(tag)) => Ok(Some(Which::Tag(tag))),
        (None, None) => Ok(None),
    }
}

fn is_asked(archive: &Archive, which: &Which) -> bool {
    match which {
        Which::Archive(id) => archive.id == *id,
        Which::Version(name) => archive
            .version
            .as_ref()
            .is_some_and(|version| version.as_str() == name),
        Which::Tag(name) => archive.tags.iter().any(|tag| tag.as_str() == name),
    }
}

fn no_version(call: &Call, which: &Which) -> Problem {
    let name = match which {
        Which::Archive(id) => id.to_string(),
        Which::Version(name) | Which::Tag(name) => name.clone(),
    };
    let missing = engine::refusal::Missing::Archive(name);
    Problem::refused(call.endpoint, engine::refusal::Refusal::Missing(missing))
}

pub(super) async fn versions(call: &Call) -> Result<Answer, Problem> {
    let (id, asked) = (call.id(0)?, asked(call)?);
    let archives = call.ask(ReadVersions(id)).await?;
    if let Some(which) = asked {
        let found = archives.iter().find(|archive| is_asked(archive, &which));
        let found = found.ok_or_else(|| no_version(call, &which))?;
        return Ok(Answer::json(200, "applicationversion", &show_version(found)));
    }
    let versions: Vec<Json> = archives
        .iter()
        .map(|archive| show_version(archive).into())
        .collect();
    let mut shown = Object::new();
    shown.set("self", format!("{}/versions", link(call, id)));
    shown.set("applicationVersions", versions.clone());
    shown.set("versions", versions);
    Ok(Answer::json(200, "applicationversioncollection", &shown))
}

pub(super) async fn delete_version(call: &Call) -> Result<Answer, Problem> {
    let of = call.id(0)?;
    let Some(which) = asked(call)? else {
        return Err(Problem::missing_parameters(call, &["version"]));
    };
    call.run(DeleteArchive { of, which }).await?;
    Ok(Answer::nothing(204))
}

pub(super) async fn tag(mut call: Call) -> Result<Answer, Problem> {
    let (of, version) = (call.id(0)?, call.part(1).to_owned());
    let body = call.take_body()?;
    let tags = version_tags(body).map_err(bad(&call))?;
    let archive = call.run(TagVersion { of, version, tags }).await?;
    let answer = Answer::json(201, "applicationversion", &show_version(&archive));
    Ok(answer.at(format!("{}/versions", link(&call, of))))
}

pub(super) async fn clone(call: &Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let version = asked(call)?.map(|which| match which {
        Which::Archive(id) => id.to_string(),
        Which::Version(name) | Which::Tag(name) => name,
    });
    let copied = call
        .door()
        .clone_application(call.caller()?, id, version, read_manifest)
        .await;
    Ok(answer_written(call, 201, &copied.map_err(call.refused())?))
}
