//! The ways in which a tenant lets its users in, and what it asks of passwords: for sign-in pages, and for its
//! administrators to open and close (R002, R055).

use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::single_sign_on::serves_an_administrator;
use crate::work::{Command, Query, Then, done};
use model::json::Json;
use model::names::{Domain, TenantId};
use model::sessions::{PasswordPolicy, SessionLife, WaysIn};
use policy::decide::decide_public;
use policy::operations::sessions::{LoginOptionAdmin, LoginOptionList, LoginOptionRead};
use store::fault::StoreFault;
use store::realm::RealmRows;

/// The name of the way in through an identity provider.
pub const PROVIDER_TYPE: &str = "OAUTH2";

/// What a sign-in page must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginOptions {
    /// The ways in.
    pub ways: WaysIn,
    /// What is asked of passwords.
    pub passwords: PasswordPolicy,
    /// How long sessions live.
    pub life: SessionLife,
    /// The way in through the tenant's identity provider, if it has one.
    pub provider: Option<ProviderOption>,
}

/// What a sign-in page must know of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderOption {
    /// The tenant, as the way there names it.
    pub tenant: Option<TenantId>,
    /// What the button says.
    pub button: String,
    /// Whether sign-in pages offer it.
    pub shown: bool,
}

impl LoginOptions {
    fn of(rows: &RealmRows<'_>) -> Result<Self, StoreFault> {
        Ok(Self {
            ways: rows.ways_in()?,
            passwords: rows.password_policy()?,
            life: rows.session_life()?,
            provider: rows.sign_on()?.map(|settings| ProviderOption {
                tenant: None,
                button: settings.button.unwrap_or(settings.provider),
                shown: settings.shown,
            }),
        })
    }

    /// Those of a tenant that has set nothing. Where there is no tenant they are the same, so that nobody learns which
    /// tenants there are (R115).
    fn unset() -> Result<Self, StoreFault> {
        let ways = WaysIn::default();
        Ok(Self {
            life: SessionLife::of(&ways, |_| Ok::<_, StoreFault>(None))?,
            passwords: PasswordPolicy::of(|_| Ok::<_, StoreFault>(None))?,
            ways,
            provider: None,
        })
    }
}

impl Door {
    /// What the sign-in page of a tenant must know: of the one that is named, else of the host name's.
    pub fn login_options(
        &self,
        tenant: Option<&TenantId>,
        host: Option<&Domain>,
    ) -> Result<LoginOptions, Refusal> {
        let read = self.at_once(|| {
            let tenant = self.0.tenant_named(tenant, host)?;
            let Some(tenant) = tenant.filter(|tenant| tenant.status.is_there()) else {
                return Ok(LoginOptions::unset()?);
            };
            let proof = decide_public::<LoginOptionList>(tenant.number).map_err(|_| Refusal::Forbidden)?;
            let tx = self.0.store.read(tenant.number)?;
            let mut options = LoginOptions::of(&tx.realm(proof))?;
            if let Some(provider) = &mut options.provider {
                provider.tenant = Some(tenant.id);
            }
            Ok(options)
        });
        read.map_err(|refused| refused.refusal)
    }
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A password with every request.
    Basic,
    /// Sessions.
    Sessions,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Sessions => "OAUTH2_INTERNAL",
        }
    }

    /// Whether it is open to anybody.
    pub fn is_open(self, ways: &WaysIn) -> bool {
        match self {
            Self::Basic => ways.basic_for_people || ways.basic_for_devices,
            Self::Sessions => ways.sessions,
        }
    }

    fn missing(self) -> Refusal {
        Refusal::Missing(Missing::LoginOption(self.name().to_owned()))
    }
}

/// Reads a way in that is open.
pub struct ReadLoginOption(pub Way);

impl Query for ReadLoginOption {
    type Operation = LoginOptionRead;
    type Answer = LoginOptions;

    fn answer(&self, desk: &Reading) -> Result<LoginOptions, Refusal> {
        let rows = desk.tx.realm(desk.allow::<LoginOptionRead>()?);
        let options = LoginOptions::of(&rows)?;
        match self.0.is_open(&options.ways) {
            true => Ok(options),
            false => Err(self.0.missing()),
        }
    }
}

/// A change of a way in: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WayChange {
    /// Whether it is open to people.
    pub for_people: Option<bool>,
    /// Whether it is open to devices; only Basic can be.
    pub for_devices: Option<bool>,
    /// Whether sign-in pages offer it.
    pub shown: Option<bool>,
    /// The life of sessions in seconds; nothing inside: the platform's own.
    pub session_seconds: Option<Option<u32>>,
}

/// Opens a way in for people that is closed to them.
pub struct OpenWay {
    /// Which.
    pub way: Way,
    /// How.
    pub change: WayChange,
}

impl Command for OpenWay {
    type Operation = LoginOptionAdmin;
    type Answer = LoginOptions;

    fn change(&self, desk: &Changing) -> Result<Then<LoginOptions>, Refusal> {
        change_ways(desk, |ways| {
            let is_open = match self.way {
                Way::Basic => ways.basic_for_people,
                Way::Sessions => ways.sessions,
            };
            if is_open {
                return Err(Refusal::Invalid(Invalid::LoginOptionThere));
            }
            let change = WayChange {
                for_people: Some(self.change.for_people.unwrap_or(true)),
                ..self.change.clone()
            };
            Ok(change.apply(self.way, ways))
        })
    }
}

/// Changes a way in.
pub struct ChangeWay {
    /// Which.
    pub way: Way,
    /// How.
    pub change: WayChange,
    /// Whether every session of the tenant ends with it.
    pub ends_sessions: bool,
}

impl Command for ChangeWay {
    type Operation = LoginOptionAdmin;
    type Answer = LoginOptions;

    fn change(&self, desk: &Changing) -> Result<Then<LoginOptions>, Refusal> {
        if self.ends_sessions {
            let realm = desk.tx.realm(desk.allow::<LoginOptionAdmin>()?);
            realm.put_token_keys(Vec::new())?;
            desk.note(Note::new(
                "UserAuthentication",
                "All sessions ended",
                desk.caller().tenant_id(),
            ));
        }
        change_ways(desk, |ways| Ok(self.change.apply(self.way, ways)))
    }
}

/// Closes a way in for people. Devices that came in by it still do, until they are shut out by a change.
pub struct CloseWay(pub Way);

impl Command for CloseWay {
    type Operation = LoginOptionAdmin;
    type Answer = LoginOptions;

    fn change(&self, desk: &Changing) -> Result<Then<LoginOptions>, Refusal> {
        change_ways(desk, |ways| {
            let closed = WayChange {
                for_people: Some(false),
                ..WayChange::default()
            };
            let after = closed.apply(self.0, ways);
            match after == *ways {
                true => Err(self.0.missing()),
                false => Ok(after),
            }
        })
    }
}

impl WayChange {
    fn apply(&self, way: Way, before: &WaysIn) -> WaysIn {
        let mut after = before.clone();
        match way {
            Way::Basic => {
                after.basic_for_people = self.for_people.unwrap_or(after.basic_for_people);
                after.basic_for_devices = self.for_devices.unwrap_or(after.basic_for_devices);
                after.shows_basic = self.shown.unwrap_or(after.shows_basic);
            }
            Way::Sessions => {
                after.sessions = self.for_people.unwrap_or(after.sessions);
                after.shows_sessions = self.shown.unwrap_or(after.shows_sessions);
                after.session_seconds = self.session_seconds.unwrap_or(after.session_seconds);
            }
        }
        after
    }
}

/// Changes the ways in, but for the last one that people have.
fn change_ways(
    desk: &Changing,
    change: impl FnOnce(&WaysIn) -> Result<WaysIn, Refusal>,
) -> Result<Then<LoginOptions>, Refusal> {
    let realm = desk.tx.realm(desk.allow::<LoginOptionAdmin>()?);
    let before = realm.now().ways_in()?;
    let after = change(&before)?;
    if !after.admit_people() && !provider_serves(&realm.now())? {
        return Err(Refusal::Invalid(Invalid::LastWayIn));
    }
    if after != before {
        realm.put_ways_in(&after)?;
        desk.note(describe(desk, &before, &after));
    }
    Ok(done(LoginOptions::of(&realm.now())?))
}

/// Whether an administrator comes in through the tenant's identity provider, so that passwords may be closed to people.
fn provider_serves(rows: &RealmRows<'_>) -> Result<bool, Refusal> {
    match rows.sign_on()? {
        Some(settings) => serves_an_administrator(rows, &settings),
        None => Ok(false),
    }
}

fn describe(desk: &Changing, before: &WaysIn, after: &WaysIn) -> Note {
    let switches = |ways: &WaysIn| {
        [
            ("basicForPeople", ways.basic_for_people),
            ("basicForDevices", ways.basic_for_devices),
            ("sessions", ways.sessions),
            ("basicShown", ways.shows_basic),
            ("sessionsShown", ways.shows_sessions),
        ]
    };
    let mut note = Note::new("Tenant", "Login options changed", desk.caller().tenant_id());
    for ((name, was), (_, is)) in switches(before).into_iter().zip(switches(after)) {
        note = note.change(name, Some(Json::Bool(was)), Some(Json::Bool(is)));
    }
    let seconds = |ways: &WaysIn| {
        ways.session_seconds
            .map(|seconds| Json::from(seconds.to_string().as_str()))
    };
    note.change("sessionSeconds", seconds(before), seconds(after))
}
