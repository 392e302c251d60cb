//! Registering devices from a file, line by line: each line is a commit of its own, or is told why not. Nothing is carried
//! out when it is only tried.

use super::ask::new_device;
use super::place::link;
use super::returning::take_up;
use super::{CreateDeviceRequest, NotRegistered, check_free, check_group, note, renewed_user, user_name};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::inventory::{
    ChildTarget, CreateChild, CreateObject, FindObjects, Show, check_size, check_type, create_for, describe,
};
use crate::note::Note;
use crate::refusal::{Conflict, FaultId, Invalid, Missing, Refusal};
use crate::users::{NewCredential, allow_people};
use crate::work::{Command, Then, done};
use authn::security_token::password_trace;
use model::certificates::Enrolment;
use model::identity::ExternalId;
use model::ids::ObjectId;
use model::inventory::{ChildKind, IS_DEVICE_GROUP, ManagedObject, NewManagedObject};
use model::json::Object;
use model::limits::PAGE_SIZE_MAX;
use model::names::Label;
use model::registration::{
    BulkLine, DeviceId, GROUP_TYPES, NewDeviceRequest, RegisteredObject, Registering, TokenTrace,
};
use model::users::User;
use policy::operation::Operation;
use policy::operations::inventory::{ChildLink, InventoryUpdate};
use policy::operations::registration::{DeviceBulkRegister, DeviceObjectCreate};
use std::collections::{BTreeMap, BTreeSet};
use store::realm::RealmChanges;
use store::search::Search;

/// What a line has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkResult {
    /// A new device, or a request for one.
    Created,
    /// A device that was there has a new password.
    Updated,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOutcome {
    /// Its number in the file.
    pub line: usize,
    /// The device.
    pub id: DeviceId,
    /// What it has done, or why nothing.
    pub result: Result<BulkResult, Refusal>,
}

/// What became of all lines, in their order.
pub type BulkOutcome = Vec<LineOutcome>;

/// The groups that paths lead to, by their names from the top; none if a group would have to be made and nothing is.
type Groups = BTreeMap<Vec<Label>, Option<ObjectId>>;

impl Door {
    /// Registers the devices of a file, or says what would become of it. One file of a tenant at a time.
    pub async fn register_devices(
        &self,
        caller: &Caller,
        lines: Vec<BulkLine>,
        dry_run: bool,
    ) -> Result<BulkOutcome, Refusal> {
        self.gate(caller, DeviceBulkRegister::INFO).await?;
        let place = self.0.registrations.begin_upload(caller.identity().tenant);
        let _place = place.ok_or(Refusal::Busy)?;
        let mut bulk = Bulk {
            door: self,
            caller,
            dry_run,
            groups: Groups::new(),
        };
        let (mut outcome, mut seen) = (Vec::with_capacity(lines.len()), BTreeSet::new());
        for line in lines {
            let (number, id) = (line.line, line.id.clone());
            let result = match seen.insert(id.clone()) {
                true => bulk.register(line).await,
                false => Err(NotRegistered::Twice.into()),
            };
            // Whoever may not act any more gets no further; what is done stays done, and another try goes on.
            if let Err(refusal @ (Refusal::NotSignedIn | Refusal::StorageUnavailable)) = result {
                return Err(refusal);
            }
            outcome.push(LineOutcome {
                line: number,
                id,
                result,
            });
        }
        Ok(outcome)
    }
}

/// A file that is worked on.
struct Bulk<'d> {
    door: &'d Door,
    caller: &'d Caller,
    dry_run: bool,
    groups: Groups,
}

impl Bulk<'_> {
    async fn register(&mut self, line: BulkLine) -> Result<BulkResult, Refusal> {
        let BulkLine { id, how, path, .. } = line;
        match how {
            Registering::Request => {
                let new = NewDeviceRequest {
                    id,
                    group: self.group(&path).await?,
                    kind: None,
                    custom_properties: Object::new(),
                    token: None,
                };
                match self.dry_run {
                    true => {
                        let create = CreateDeviceRequest { new, expected: None };
                        self.door.try_out(self.caller, create).await?;
                    }
                    false => drop(self.door.request_device(self.caller, new).await?),
                }
                Ok(BulkResult::Created)
            }
            Registering::User { password, object } => {
                let name = user_name(&id)?;
                crate::users::check_password(&password, &name)?;
                let mut register = RegisterDevice {
                    id,
                    given: Given::Nothing,
                    object,
                    group: None,
                };
                // Everything else is asked before a slow hash is computed, and before groups are made.
                let tried = register.on_trial(self.caller, self.door).await?;
                register.group = self.group(&path).await?;
                if self.dry_run {
                    return register.on_trial(self.caller, self.door).await;
                }
                let hashed = self.door.hash_password(&password, &name).await?;
                register.given = Given::Password(hashed);
                self.door.run(self.caller, register).await.map(|()| tried)
            }
            Registering::Certificates { otp, object } => {
                let pepper = self.door.0.sign_ins.verifier.pepper();
                let otp = otp.map(|otp| password_trace(&id, &otp, pepper));
                let mut register = RegisterDevice {
                    id,
                    given: Given::Nothing,
                    object,
                    group: None,
                };
                let tried = register.on_trial(self.caller, self.door).await?;
                register.group = self.group(&path).await?;
                if self.dry_run {
                    return register.on_trial(self.caller, self.door).await;
                }
                register.given = Given::Certificates(otp);
                self.door.run(self.caller, register).await.map(|()| tried)
            }
        }
    }

    /// The group that a path leads to. Groups that are not there are made, by the caller's rights on groups.
    async fn group(&mut self, path: &[Label]) -> Result<Option<ObjectId>, Refusal> {
        let mut parent = None;
        for depth in 1..=path.len() {
            let (so_far, Some(name)) = (path.get(..depth).unwrap_or_default(), path.get(depth - 1)) else {
                break;
            };
            let known = self.groups.get(so_far).copied();
            let group = match known {
                Some(group) => group,
                None => match self.find_group(parent, name).await? {
                    Some(found) => Some(found),
                    None => self.make_group(parent, name).await?,
                },
            };
            self.groups.insert(so_far.to_vec(), group);
            parent = group;
            if parent.is_none() {
                // Nothing is made: what would hang below it is not there either.
                return Ok(None);
            }
        }
        Ok(parent)
    }

    /// The group of this name among those that the caller may see: at the top, or below this one.
    async fn find_group(&self, parent: Option<ObjectId>, name: &Label) -> Result<Option<ObjectId>, Refusal> {
        let [top, _] = GROUP_TYPES;
        let search = Search {
            kind: parent.is_none().then(|| top.to_owned()),
            fragment: Some(IS_DEVICE_GROUP.to_owned()),
            child_of: parent.map(|parent| (ChildKind::Asset, parent)),
            take: PAGE_SIZE_MAX,
            ..Search::default()
        };
        let find = FindObjects {
            search,
            owner: None,
            text: Some(name.as_str().to_owned()),
            show: Show::NOTHING,
        };
        let found = self.door.ask(self.caller, find).await?;
        let is_named = |object: &&ManagedObject| object.name.as_ref() == Some(name);
        let mut objects = found.objects.iter().map(|view| &view.object);
        Ok(objects.find(is_named).map(|object| object.id))
    }

    async fn make_group(&self, parent: Option<ObjectId>, name: &Label) -> Result<Option<ObjectId>, Refusal> {
        let [top, below] = GROUP_TYPES;
        let kind = if parent.is_none() { top } else { below };
        let mut fragments = Object::new();
        fragments.set(IS_DEVICE_GROUP, Object::new());
        let object = NewManagedObject {
            name: Some(name.clone()),
            kind: kind.parse().ok(),
            owner: None,
            fragments,
        };
        match parent {
            None => self.carry_out(CreateObject(object)).await,
            Some(parent) => {
                let target = ChildTarget {
                    parent,
                    kind: ChildKind::Asset,
                };
                self.carry_out(CreateChild { target, object }).await
            }
        }
    }

    async fn carry_out<C: Command<Answer = crate::inventory::Written>>(
        &self,
        command: C,
    ) -> Result<Option<ObjectId>, Refusal> {
        match self.dry_run {
            true => self.door.try_out(self.caller, command).await.map(|_| None),
            false => Ok(Some(self.door.run(self.caller, command).await?.id())),
        }
    }
}

/// What a device is given to prove itself with.
enum Given {
    /// Nothing: it is only tried.
    Nothing,
    /// A password.
    Password(NewCredential),
    /// Nothing but, perhaps, a one-time password for its first certificate.
    Certificates(Option<TokenTrace>),
}

/// Registers one device with its user, and perhaps its object.
struct RegisterDevice {
    id: DeviceId,
    given: Given,
    object: Option<RegisteredObject>,
    group: Option<ObjectId>,
}

impl RegisterDevice {
    /// What would become of it.
    async fn on_trial(&self, caller: &Caller, door: &Door) -> Result<BulkResult, Refusal> {
        let trial = Trial {
            id: self.id.clone(),
            object: self.object.clone(),
            group: self.group,
        };
        door.try_out(caller, trial).await
    }
}

/// The same, to see what would become of it.
struct Trial {
    id: DeviceId,
    object: Option<RegisteredObject>,
    group: Option<ObjectId>,
}

impl Command for Trial {
    type Operation = DeviceBulkRegister;
    type Answer = BulkResult;

    fn change(&self, desk: &Changing) -> Result<Then<BulkResult>, Refusal> {
        let result = register(desk, &self.id, &Given::Nothing, self.object.as_ref(), self.group)?;
        Ok(done(result))
    }
}

impl Command for RegisterDevice {
    type Operation = DeviceBulkRegister;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        if matches!(self.given, Given::Nothing) {
            return Err(Refusal::Fault(FaultId::report(&"no credential")));
        }
        register(desk, &self.id, &self.given, self.object.as_ref(), self.group)?;
        Ok(done(()))
    }
}

fn register(
    desk: &Changing,
    id: &DeviceId,
    given: &Given,
    object: Option<&RegisteredObject>,
    group: Option<ObjectId>,
) -> Result<BulkResult, Refusal> {
    let realm = desk.tx.realm(allow_people::<DeviceBulkRegister, _>(desk)?);
    check_free(&realm, id, desk.now())?;
    if let Some(group) = group {
        check_group(desk, group)?;
    }
    let renewed = renewed_user::<DeviceBulkRegister>(desk, &realm.now(), id)?;
    let user = put_user(desk, &realm, id, renewed.is_some(), given)?;
    if renewed.is_none() {
        let registrar = (&realm.now(), desk.who());
        let note = take_up(&desk.tx, registrar, (id, &user), desk.now())?;
        note.into_iter().for_each(|note| desk.note(note));
    }
    let mut of_device = None;
    if let Some(object) = object {
        of_device = put_object(desk, &user, object, group)?;
    } else if let Some(group) = group {
        let by = desk.who().id();
        realm.put_placement(user.id, &model::registration::Placement { group, by })?;
    }
    if let Given::Certificates(_) = given {
        realm.admit_certificates(user.id)?;
    }
    if let Given::Certificates(Some(password)) = given {
        realm.put_enrolment(&Enrolment {
            device: id.clone(),
            user: user.id,
            object: of_device,
            password: password.clone(),
            by: desk.who().id(),
            made: desk.now(),
            wrong: 0,
            used: None,
        })?;
        desk.note(note("One-time password for a certificate stored", id));
    }
    Ok(match renewed {
        Some(_) => BulkResult::Updated,
        None => BulkResult::Created,
    })
}

/// The device's user with its new password.
fn put_user(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    id: &DeviceId,
    is_there: bool,
    given: &Given,
) -> Result<User, Refusal> {
    let name = user_name(id)?;
    let give = |user: User| match given {
        Given::Password(credential) => credential.give(realm, user, desk.now()),
        Given::Nothing | Given::Certificates(_) => Ok(user),
    };
    if is_there {
        let before = realm.now().user_named(&name)?;
        let before = before.ok_or_else(|| Refusal::Missing(Missing::User(name.to_string())))?;
        let after = give(before.clone())?;
        realm.update_user(&before, &after)?;
        let text = match given {
            Given::Certificates(_) => format!("{name} proves itself with certificates"),
            Given::Nothing | Given::Password(_) => format!("New password of {name}"),
        };
        desk.note(note("Device credentials updated", id).text(text));
        return Ok(after);
    }
    let user = give(new_device(realm, name)?)?;
    realm.create_user(&user)?;
    desk.note(note("Device registered", id).text(format!("Device registered with the user {}", user.name)));
    Ok(user)
}

/// The device's object: made for its user, or changed if the device's external id is bound already.
fn put_object(
    desk: &Changing,
    user: &User,
    object: &RegisteredObject,
    group: Option<ObjectId>,
) -> Result<Option<ObjectId>, Refusal> {
    let Some((kind, value)) = object.ids.first() else {
        return Ok(None);
    };
    let there = desk
        .tx
        .external_id_facts(desk.who(), kind.as_str(), value.as_str())?;
    if let Some(there) = there {
        update_object(desk, there.id(), object)?;
        return Ok(Some(there.id()));
    }
    let rows = desk.tx.inventory(desk.allow::<DeviceObjectCreate>()?);
    let new = NewManagedObject {
        name: Some(object.name.clone()),
        kind: Some(object.kind.clone()),
        owner: None,
        fragments: object.fragments.clone(),
    };
    let made = match group {
        None => create_for(desk, &rows, &new, user.id, (None, None))?,
        Some(group) => {
            let parent = desk.allow_on::<ChildLink>(group)?;
            let project = desk.tx.object_facts(desk.who(), group)?;
            let project = project.and_then(|facts| facts.project());
            create_for(desk, &rows, &new, user.id, (project, Some(&parent)))?
        }
    };
    for (kind, value) in &object.ids {
        if rows.is_external_id_bound(kind.as_str(), value.as_str())? {
            return Err(Refusal::Conflict(Conflict::ExternalIdTaken));
        }
        rows.create_external_id(&ExternalId {
            kind: kind.clone(),
            value: value.clone(),
            object: made.id,
        })?;
        let text = format!("External id {value} of type {kind} created");
        desk.note(Note::new("Inventory", "External id created", made.id).text(text));
    }
    let Some(group) = group else {
        return Ok(Some(made.id));
    };
    let owner = desk.tx.principal(desk.who().tenant(), user.id)?;
    let owner = owner.ok_or_else(|| Refusal::Fault(FaultId::report(&"a user that was just made")))?;
    link(desk, desk.who(), group, (&owner.principal, made.id))?;
    Ok(Some(made.id))
}

/// Changes an object that is there: by the caller's right on it. Its owner, groups and further external ids stay.
fn update_object(desk: &Changing, id: ObjectId, object: &RegisteredObject) -> Result<(), Refusal> {
    let fragments: Vec<_> = object.fragments.names().collect();
    let proof = desk.allow_on_with::<InventoryUpdate>(id, &fragments);
    let proof = proof.map_err(|refusal| match refusal {
        // Whether it is there is told by the external id alone.
        Refusal::Missing(_) => Refusal::Conflict(Conflict::ExternalIdTaken),
        refusal => refusal,
    })?;
    let rows = desk.tx.inventory(proof);
    let before = rows.now().object(id)?;
    let before = before.ok_or(Refusal::Invalid(Invalid::UnknownObject(id)))?;
    if before.is_project() {
        return Err(Refusal::Conflict(Conflict::ExternalIdTaken));
    }
    let mut after = ManagedObject {
        name: Some(object.name.clone()),
        kind: Some(object.kind.clone()),
        updated: desk.now(),
        ..before.clone()
    };
    for (name, value) in object.fragments.iter() {
        after.fragments.set(name, value.clone());
    }
    check_size(&after.fragments)?;
    check_type(before.kind.as_ref(), after.kind.as_ref())?;
    desk.note(describe(&before, &after));
    rows.update(&before, after)?;
    Ok(())
}
