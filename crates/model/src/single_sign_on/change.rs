//! A change of what a tenant says of its identity provider: what is absent stays.

use super::{
    AccessMapping, Assigning, HttpsUrl, InventoryMapping, Link, PersonClaims, Place, Predicate, SignOn,
    TokenKind,
};
use crate::ids::{ApplicationId, GroupId, InventoryRoleId, ObjectId};
use crate::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};

/// The change. No `Debug`: it may have the secret.
#[derive(Clone, Default)]
pub struct SignOnChange {
    /// What the provider is called.
    pub provider: Option<String>,
    /// What the button says.
    pub button: Option<Option<String>>,
    /// The console's form.
    pub template: Option<Option<String>>,
    /// Whether sign-in pages offer it.
    pub shown: Option<bool>,
    /// Who signs the tokens.
    pub issuer: Option<HttpsUrl>,
    /// The name under which the provider knows this tenant.
    pub client: Option<String>,
    /// The secret that goes with it.
    pub secret: Option<Secret>,
    /// Whether the secret is sent in a header.
    pub secret_in_header: Option<bool>,
    /// What access tokens are for.
    pub audience: Option<Option<String>>,
    /// Where browsers are sent.
    pub authorization: Option<Place>,
    /// Where codes are exchanged.
    pub exchange: Option<Place>,
    /// Where the provider ends its own session.
    pub logout: Option<Option<Place>>,
    /// Where the provider's keys are.
    pub keys: Option<Option<HttpsUrl>>,
    /// The claim with the user name.
    pub name_claim: Option<String>,
    /// The other claims about somebody; the user name in it does not count.
    pub person: Option<PersonClaims>,
    /// Which token has these claims.
    pub person_from: Option<TokenKind>,
    /// Which token has the claims that rights follow from.
    pub rights_from: Option<TokenKind>,
    /// When rights follow from claims.
    pub assigning: Option<Assigning>,
    /// Which groups follow, all of it.
    pub mappings: Option<Vec<NewMapping>>,
    /// Which inventory roles follow, all of it.
    pub inventory_mappings: Option<Vec<NewInventoryMapping>>,
    /// Users made here who may come in.
    pub linked: Option<Vec<Link>>,
    /// Whether the provider is known to ask everybody for a second factor.
    pub provider_asks_factor: Option<bool>,
    /// The page to which browsers go in the end.
    pub lands_at: Option<Option<HttpsUrl>>,
}

/// A mapping from claims to groups that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMapping {
    /// The number that it had.
    pub id: Option<u32>,
    /// From which claims.
    pub when: Predicate,
    /// Which groups.
    pub groups: BTreeSet<GroupId>,
    /// Which applications.
    pub applications: BTreeSet<ApplicationId>,
}

/// A mapping from claims to inventory roles that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInventoryMapping {
    /// The number that it had.
    pub id: Option<u32>,
    /// From which claims.
    pub when: Predicate,
    /// Which roles on which objects.
    pub roles: BTreeMap<ObjectId, BTreeSet<InventoryRoleId>>,
}

impl SignOn {
    /// The settings that say nothing but whom to believe, and by which claim somebody is called.
    pub fn new(provider: String, issuer: HttpsUrl, client: String, name_claim: String) -> Self {
        Self {
            provider,
            button: None,
            template: None,
            shown: true,
            issuer,
            client,
            audience: None,
            authorization: Place::default(),
            exchange: Place::default(),
            secret_in_header: false,
            logout: None,
            keys: None,
            person: PersonClaims {
                name: name_claim,
                first_name: None,
                last_name: None,
                email: None,
                phone: None,
            },
            person_from: TokenKind::Id,
            rights_from: TokenKind::Id,
            assigning: Assigning::Exactly,
            mappings: Vec::new(),
            inventory_mappings: Vec::new(),
            next_mapping: 1,
            linked: Vec::new(),
            provider_asks_factor: false,
            lands_at: None,
        }
    }

    /// The settings after a change. Mappings keep the numbers that they had; others get new ones.
    pub fn changed(&self, change: &SignOnChange) -> Self {
        fn put<T: Clone>(place: &mut T, change: &Option<T>) {
            if let Some(new) = change {
                place.clone_from(new);
            }
        }
        let mut after = self.clone();
        put(&mut after.provider, &change.provider);
        put(&mut after.button, &change.button);
        put(&mut after.template, &change.template);
        put(&mut after.shown, &change.shown);
        put(&mut after.issuer, &change.issuer);
        put(&mut after.client, &change.client);
        put(&mut after.secret_in_header, &change.secret_in_header);
        put(&mut after.audience, &change.audience);
        put(&mut after.authorization, &change.authorization);
        put(&mut after.exchange, &change.exchange);
        put(&mut after.logout, &change.logout);
        put(&mut after.keys, &change.keys);
        if let Some(person) = &change.person {
            after.person = PersonClaims {
                name: after.person.name,
                ..person.clone()
            };
        }
        put(&mut after.person.name, &change.name_claim);
        put(&mut after.person_from, &change.person_from);
        put(&mut after.rights_from, &change.rights_from);
        put(&mut after.assigning, &change.assigning);
        put(&mut after.linked, &change.linked);
        put(&mut after.provider_asks_factor, &change.provider_asks_factor);
        put(&mut after.lands_at, &change.lands_at);
        if let Some(mappings) = &change.mappings {
            let known: BTreeSet<u32> = self.mappings.iter().map(|mapping| mapping.id).collect();
            after.mappings.clear();
            for new in mappings {
                let id = after.number(new.id, &known, |after, id| after.mapping(id).is_some());
                after.put_mapping(id, new);
            }
        }
        if let Some(mappings) = &change.inventory_mappings {
            let known: BTreeSet<u32> = self.inventory_mappings.iter().map(|mapping| mapping.id).collect();
            after.inventory_mappings.clear();
            for new in mappings {
                let id = after.number(new.id, &known, |after, id| after.inventory_mapping(id).is_some());
                after.put_inventory_mapping(id, new);
            }
        }
        after
    }

    fn number(
        &mut self,
        wanted: Option<u32>,
        known: &BTreeSet<u32>,
        is_taken: fn(&Self, u32) -> bool,
    ) -> u32 {
        match wanted.filter(|id| known.contains(id) && !is_taken(self, *id)) {
            Some(id) => id,
            None => self.new_number(),
        }
    }

    /// A number for a new mapping.
    pub fn new_number(&mut self) -> u32 {
        let id = self.next_mapping;
        self.next_mapping = id.saturating_add(1);
        id
    }

    /// Keeps a mapping of groups under this number, in place of the one that has it.
    pub fn put_mapping(&mut self, id: u32, new: &NewMapping) {
        let mapping = AccessMapping {
            id,
            when: new.when.clone(),
            groups: new.groups.clone(),
            applications: new.applications.clone(),
        };
        match self.mappings.iter_mut().find(|mapping| mapping.id == id) {
            Some(place) => *place = mapping,
            None => self.mappings.push(mapping),
        }
    }

    /// Keeps a mapping of inventory roles under this number, in place of the one that has it.
    pub fn put_inventory_mapping(&mut self, id: u32, new: &NewInventoryMapping) {
        let mapping = InventoryMapping {
            id,
            when: new.when.clone(),
            roles: new.roles.clone(),
        };
        match self
            .inventory_mappings
            .iter_mut()
            .find(|mapping| mapping.id == id)
        {
            Some(place) => *place = mapping,
            None => self.inventory_mappings.push(mapping),
        }
    }
}
