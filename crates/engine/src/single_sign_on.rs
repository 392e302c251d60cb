//! Signing in through an identity provider outside (OpenID Connect, R052): what a tenant says of its provider, the way of a
//! browser there and back, and which rights somebody has by it.
//!
//! A session that is opened so is like any other. What a provider says is believed only as far as its tokens are verified
//! (`authn::identity_token`), and only about this tenant: its users are known by issuer and `sub`, never by a name.

mod flow;
mod journeys;
mod mappings;
mod outside;
mod person;
mod providers;
mod requests;
mod rights;
mod settings;

pub use flow::{BackFromProvider, BeginSignOn, Begun, SignedOn};
pub use mappings::{
    ChangeInventoryMapping, ChangeMapping, CreateInventoryMapping, CreateMapping, DeleteInventoryMapping,
    DeleteMapping, ReadMappings,
};
pub use outside::{Ask, Asking, Outside, Unreachable, form_of};
pub use settings::{ChangeSignOn, CreateSignOn, DeleteSignOn, ReadSignOn, SignOnView};
pub(crate) use settings::{serves_an_administrator, sign_on_missing};

use crate::rates::Rates;
use crate::world::World;
use journeys::Journeys;
use providers::Providers;
use std::net::IpAddr;
use std::sync::Arc;

/// What signing in through providers remembers while the program runs.
pub(crate) struct SignOns {
    journeys: Journeys,
    providers: Arc<Providers>,
    rates: Rates<IpAddr>,
}

impl SignOns {
    pub(crate) fn new(world: &Arc<dyn World>) -> Self {
        Self {
            journeys: Journeys::default(),
            providers: Arc::new(Providers::new(world.clone())),
            rates: Rates::default(),
        }
    }
}
