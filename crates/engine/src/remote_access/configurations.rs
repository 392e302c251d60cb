//! Configurations of remote access. Their secrets go in and do not come out.

use super::require_control;
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::refusal::{Bound, Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::{ObjectId, RemoteConfigurationId};
use model::json::Json;
use model::limits::REMOTE_CONFIGURATIONS_MAX;
use model::remote_access::{RemoteConfiguration, RemoteConfigurationUpdate, RemoteEndpoint, RemoteSecrets};
use policy::operations::remote_access::{RemoteConfigurationAdmin, RemoteConfigurationRead};

fn missing(id: RemoteConfigurationId) -> Refusal {
    Refusal::Missing(Missing::RemoteConfiguration(id))
}

/// Lists the configurations of a device.
pub struct FindConfigurations(pub ObjectId);

impl Query for FindConfigurations {
    type Operation = RemoteConfigurationRead;
    type Answer = Vec<RemoteConfiguration>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.remote_access(desk.allow::<RemoteConfigurationRead>()?);
        require_control(desk, self.0)?;
        Ok(rows.configurations(self.0)?)
    }
}

/// Reads one.
pub struct ReadConfiguration {
    /// The device.
    pub device: ObjectId,
    /// Which.
    pub id: RemoteConfigurationId,
}

impl Query for ReadConfiguration {
    type Operation = RemoteConfigurationRead;
    type Answer = RemoteConfiguration;

    fn answer(&self, desk: &Reading) -> Result<RemoteConfiguration, Refusal> {
        let rows = desk.tx.remote_access(desk.allow::<RemoteConfigurationRead>()?);
        require_control(desk, self.device)?;
        rows.configuration(self.device, self.id)?
            .ok_or_else(|| missing(self.id))
    }
}

/// Makes one. Whoever may do so may read it.
pub struct CreateConfiguration {
    /// The device.
    pub device: ObjectId,
    /// The place.
    pub endpoint: RemoteEndpoint,
    /// The secrets for it.
    pub secrets: RemoteSecrets,
}

impl Command for CreateConfiguration {
    type Operation = RemoteConfigurationAdmin;
    type Answer = RemoteConfiguration;

    fn change(&self, desk: &Changing) -> Result<Then<RemoteConfiguration>, Refusal> {
        let rows = desk.tx.remote_access(desk.allow::<RemoteConfigurationAdmin>()?);
        require_control(desk, self.device)?;
        if rows.now().configurations(self.device)?.len() >= REMOTE_CONFIGURATIONS_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::RemoteConfigurations)));
        }
        let new = RemoteConfiguration {
            id: rows.new_id()?,
            device: self.device,
            endpoint: self.endpoint.clone(),
            secrets: self.secrets.clone(),
        };
        rows.put(&new)?;
        desk.note(describe(
            "Remote access configured",
            None,
            Some(&new),
            self.device,
        ));
        Ok(done(new))
    }
}

/// Changes one.
pub struct UpdateConfiguration {
    /// The device.
    pub device: ObjectId,
    /// Which.
    pub id: RemoteConfigurationId,
    /// What.
    pub update: RemoteConfigurationUpdate,
}

impl Command for UpdateConfiguration {
    type Operation = RemoteConfigurationAdmin;
    type Answer = RemoteConfiguration;

    fn change(&self, desk: &Changing) -> Result<Then<RemoteConfiguration>, Refusal> {
        let rows = desk.tx.remote_access(desk.allow::<RemoteConfigurationAdmin>()?);
        require_control(desk, self.device)?;
        let found = rows.now().configuration(self.device, self.id)?;
        let before = found.ok_or_else(|| missing(self.id))?;
        let after = self.update.applied_to(&before);
        if after != before {
            rows.put(&after)?;
            let note = describe(
                "Remote access configuration changed",
                Some(&before),
                Some(&after),
                self.device,
            );
            desk.note(note);
        }
        Ok(done(after))
    }
}

/// Removes one. A session that it began goes on; ending that is another thing.
pub struct DeleteConfiguration {
    /// The device.
    pub device: ObjectId,
    /// Which.
    pub id: RemoteConfigurationId,
}

impl Command for DeleteConfiguration {
    type Operation = RemoteConfigurationAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.remote_access(desk.allow::<RemoteConfigurationAdmin>()?);
        require_control(desk, self.device)?;
        let found = rows.now().configuration(self.device, self.id)?;
        let before = found.ok_or_else(|| missing(self.id))?;
        rows.delete(self.device, self.id);
        desk.note(describe(
            "Remote access configuration deleted",
            Some(&before),
            None,
            self.device,
        ));
        Ok(done(()))
    }
}

/// What changed; of secrets only that they did.
fn describe(
    activity: &'static str,
    before: Option<&RemoteConfiguration>,
    after: Option<&RemoteConfiguration>,
    device: ObjectId,
) -> Note {
    let of = |shown: fn(&RemoteConfiguration) -> Json| (before.map(shown), after.map(shown));
    let secret = |it: Option<&RemoteConfiguration>| it.map(|it| it.secrets.clone()).unwrap_or_default();
    let (name, host) = (
        of(|it| it.endpoint.name.as_str().into()),
        of(|it| it.endpoint.host.as_str().into()),
    );
    let (port, protocol) = (
        of(|it| it.endpoint.port.get().to_string().into()),
        of(|it| it.endpoint.protocol.word().into()),
    );
    let credentials = of(|it| it.endpoint.credentials.word().into());
    let username = of(|it| {
        it.endpoint
            .username
            .as_ref()
            .map_or(Json::Null, |name| name.as_str().into())
    });
    let id = after.or(before).map(|it| it.id.to_string()).unwrap_or_default();
    let text = format!("{activity}: {id} of the device {device}");
    let note = Note::new("RemoteAccess", activity, device).text(text);
    let note = note
        .change("name", name.0, name.1)
        .change("hostname", host.0, host.1)
        .change("port", port.0, port.1)
        .change("protocol", protocol.0, protocol.1)
        .change("credentialsType", credentials.0, credentials.1)
        .change("username", username.0, username.1);
    match secret(before) == secret(after) {
        true => note,
        false => note.change("secrets", None, Some(Json::from("…"))),
    }
}
