//! Signing in through an identity provider outside: what a tenant says of its provider, and which rights follow from what
//! the provider says of somebody (R052). No secret is in here, and nothing is decided but whether a condition holds.

mod change;
mod https_url;
mod predicate;

pub use change::{NewInventoryMapping, NewMapping, SignOnChange};
pub use https_url::{BadUrl, HttpsUrl};
pub use predicate::{Comparison, Predicate, claim_at, text_of};

use crate::ids::{ApplicationId, GroupId, InventoryRoleId, ObjectId, PrincipalId};
use crate::names::UserName;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A way in through an identity provider: OpenID Connect with the authorization code flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOn {
    /// What the provider is called.
    pub provider: String,
    /// What the button on the sign-in page says.
    pub button: Option<String>,
    /// Which form the console shows for these settings; it decides nothing.
    pub template: Option<String>,
    /// Whether sign-in pages offer it.
    pub shown: bool,
    /// Who signs the tokens: exactly the `iss` in them.
    pub issuer: HttpsUrl,
    /// The name under which the provider knows this tenant.
    pub client: String,
    /// What access tokens are for, where that is not the client.
    pub audience: Option<String>,
    /// Where browsers are sent; what is absent is asked of the provider.
    pub authorization: Place,
    /// Where codes are exchanged.
    pub exchange: Place,
    /// Whether the secret is sent in a header (`client_secret_basic`) and not in the form.
    pub secret_in_header: bool,
    /// Where the provider ends its own session, if log-out is to do so.
    pub logout: Option<Place>,
    /// Where the provider's keys are.
    pub keys: Option<HttpsUrl>,
    /// Which claims say who somebody is.
    pub person: PersonClaims,
    /// Which token has these claims.
    pub person_from: TokenKind,
    /// Which token has the claims that rights follow from.
    pub rights_from: TokenKind,
    /// When rights follow from claims.
    pub assigning: Assigning,
    /// Which groups follow from which claims.
    pub mappings: Vec<AccessMapping>,
    /// Which inventory roles do.
    pub inventory_mappings: Vec<InventoryMapping>,
    /// The number of the next mapping of either kind.
    pub next_mapping: u32,
    /// Users made here who may come in through the provider, each as one and the same person there.
    pub linked: Vec<Link>,
    /// Whether the provider is known to ask everybody for a second factor.
    pub provider_asks_factor: bool,
    /// The page to which browsers go in the end, if they did not say another.
    pub lands_at: Option<HttpsUrl>,
}

/// An address of the provider, with parameters that are sent there beside those of the protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The address; what is absent is asked of the provider.
    pub url: Option<HttpsUrl>,
    /// The parameters.
    pub parameters: BTreeMap<String, String>,
}

/// Which claims say who somebody is, by their paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonClaims {
    /// The user name.
    pub name: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
}

/// A token of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenKind {
    /// Made for this platform.
    Id,
    /// Made for an interface of the provider, and readable by chance.
    Access,
}

/// When rights follow from claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Assigning {
    /// When the user is made, and never again.
    Once,
    /// At every sign-in, but what no mapping names stays as it is.
    Named,
    /// At every sign-in: what no mapping gives is taken away.
    Exactly,
}

/// Which groups follow from which claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMapping {
    /// Its number, unique among the mappings of both kinds.
    pub id: u32,
    /// From which claims.
    pub when: Predicate,
    /// Which groups.
    pub groups: BTreeSet<GroupId>,
    /// Which applications. Every user may use those of its tenant, so this only lets somebody in.
    pub applications: BTreeSet<ApplicationId>,
}

/// Which inventory roles follow from which claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryMapping {
    /// Its number, unique among the mappings of both kinds.
    pub id: u32,
    /// From which claims.
    pub when: Predicate,
    /// Which roles on which objects.
    pub roles: BTreeMap<ObjectId, BTreeSet<InventoryRoleId>>,
}

/// A user made here, and who that is at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The user.
    pub user: UserName,
    /// The provider's `sub`.
    pub subject: String,
}

/// Who a user is outside: by the issuer and its `sub`, which is unique for this issuer only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideIdentity {
    /// The user here.
    pub user: PrincipalId,
    /// Who signed the tokens.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// Whether the user was made at its first sign-in; else it was made here, and its rights are given here.
    pub made_by_sign_on: bool,
    /// Since when.
    pub since: Timestamp,
}

impl SignOn {
    /// Whether it is the same provider, and the same client of it, that vouches for people.
    pub fn vouches_as(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.client == other.client
    }

    /// The mapping of groups with this number.
    pub fn mapping(&self, id: u32) -> Option<&AccessMapping> {
        self.mappings.iter().find(|mapping| mapping.id == id)
    }

    /// The mapping of inventory roles with this number.
    pub fn inventory_mapping(&self, id: u32) -> Option<&InventoryMapping> {
        self.inventory_mappings.iter().find(|mapping| mapping.id == id)
    }
}
