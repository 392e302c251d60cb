//! The keys of a microservice made anew. With the key with which one begins, those of its users in every subscribed tenant
//! can be read: so they end together with it, and it reads the new ones as it always does.

use super::current::check_may_know;
use super::parts::{self, Credential, PartKey};
use super::write::own;
use super::{allow, missing};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::applications::ApplicationKind;
use model::ids::{ApplicationId, MANAGEMENT, TenantNumber};
use policy::operation::Operation;
use policy::operations::applications::BootstrapRenew;
use std::sync::Arc;
use store::applications::PartCredential;

const RENEWED: &str = "Keys of a microservice made anew";

impl Door {
    /// Makes the keys of a microservice of the caller's tenant anew, and answers the credential with which it begins from
    /// now on. The old ones end at once: here first, then in every other tenant; where a tenant's storage is not available
    /// this fails, and is to be tried again.
    pub async fn renew_bootstrap_credential(
        &self,
        caller: &Caller,
        id: ApplicationId,
    ) -> Result<Credential, Refusal> {
        self.gate(caller, BootstrapRenew::INFO).await?;
        let renew = RenewKeys {
            id,
            begins: self.new_part_key(caller.tenant_id()),
            acts: self.new_part_key(caller.tenant_id()),
        };
        let (begins, subscribers) = self.run(caller, renew).await?;
        let mut outcome = Ok(());
        for tenant in subscribers {
            match self.renew_in(tenant, id).await {
                // Not subscribed any more.
                Ok(()) | Err(Refusal::Missing(_)) => {}
                Err(refusal) => outcome = outcome.and(Err(refusal)),
            }
        }
        outcome.map(|()| self.0.credential_of(caller.tenant_id(), begins))
    }

    /// Makes the key of a microservice of the management tenant's in another tenant anew.
    async fn renew_in(&self, tenant: TenantNumber, id: ApplicationId) -> Result<(), Refusal> {
        let other = self.0.store.catalogue()?.tenant(tenant)?;
        let Some(other) = other.filter(|tenant| tenant.status.is_there()) else {
            return Ok(());
        };
        let (key, now) = (Arc::new(self.new_part_key(&other.id)), self.world().now());
        let renewed = self.change_other(&other, move |realm| {
            let subscription = realm.applications().now().subscription(id)?;
            let subscription = subscription.filter(|it| it.owner == MANAGEMENT);
            let user = subscription.ok_or(missing(id))?.user.ok_or(missing(id))?;
            parts::renew(realm, user, &key, now)?;
            Ok(((), Some(("Application keys renewed", RENEWED.to_owned(), id))))
        });
        renewed.await
    }
}

struct RenewKeys {
    id: ApplicationId,
    begins: PartKey,
    acts: PartKey,
}

impl Command for RenewKeys {
    type Operation = BootstrapRenew;
    /// As whom it begins, and the other tenants that are subscribed.
    type Answer = (PartCredential, Vec<TenantNumber>);

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow::<BootstrapRenew, _>(desk)?);
        let application = own(&realm, self.id)?;
        if application.kind != ApplicationKind::Microservice {
            return Err(Refusal::Invalid(Invalid::NotAMicroservice));
        }
        let rows = realm.applications().now();
        let subscription = rows.subscription(self.id)?;
        check_may_know::<BootstrapRenew, _>(desk, &application, subscription.as_ref())?;
        let begins = application.bootstrap.ok_or(missing(self.id))?;
        parts::renew(&realm, begins, &self.begins, desk.now())?;
        if let Some(user) = subscription.and_then(|subscription| subscription.user) {
            parts::renew(&realm, user, &self.acts, desk.now())?;
        }
        desk.note(Note::new("Application", "Application keys renewed", self.id).text(RENEWED));
        let part = realm.now().part_credential(begins)?.ok_or(missing(self.id))?;
        Ok(done((part, rows.subscribers(self.id)?)))
    }
}
