//! Noting that sessions are used: now and then, one write at a time for each. What is lost when the program is killed is
//! some minutes of it. And forgetting what was known of those that are over.

use crate::caller::Caller;
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use model::ids::TenantNumber;
use policy::decide::decide_public;
use policy::operations::sessions::SessionOpen;
use policy::proof::SystemReason;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::transaction::WriteTx;

/// Users whose old sessions are forgotten in one commit.
const USERS_PER_COMMIT: usize = 200;

/// The sessions whose use is being written.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashSet<[u8; 16]>>);

/// The one who writes the use of a session.
struct Turn<'u>(&'u Uses, [u8; 16]);

impl Uses {
    fn begin(&self, session: [u8; 16]) -> Option<Turn<'_>> {
        let is_first = self.lock().insert(session);
        is_first.then_some(Turn(self, session))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<[u8; 16]>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

impl Door {
    /// Notes that the caller's session is used, if that is news. Nothing depends on it, so a failure is nobody's.
    pub(crate) async fn note_session_use(&self, caller: &Caller) {
        let session = caller.identity().came.session;
        let Some(session) = session.filter(|session| session.use_is_news) else {
            return;
        };
        let Some(_turn) = self.0.sign_ins.uses.begin(session.id.0) else {
            return;
        };
        let who = caller.clone();
        let noted = self.committed(caller.identity().tenant, move |inside| {
            Ok((inside.prepare_use(&who, session.id.0)?, ()))
        });
        let _: Result<(), Refusal> = noted.await;
    }

    /// Forgets where and with what sessions were opened that have expired, in every tenant. Called every few minutes.
    pub async fn forget_old_sessions(&self) -> Result<(), Refusal> {
        for tenant in self.served_tenants(SystemReason::Expiry).await? {
            let tenant = tenant.number;
            let forget = move || self.committed(tenant, move |inside| inside.prepare_forgetting(tenant));
            while forget().await? == USERS_PER_COMMIT {}
        }
        Ok(())
    }
}

impl Inside {
    fn prepare_forgetting(&self, tenant: TenantNumber) -> Result<(WriteTx, usize), Refused> {
        let proof = decide_public::<SessionOpen>(tenant).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        let (realm, now) = (tx.realm(proof), self.world.now());
        let users = realm.now().users_with_old_sessions(now, USERS_PER_COMMIT)?;
        for user in &users {
            let mut open = realm.now().open_sessions(*user)?;
            open.retain(|session| session.expires > now);
            realm.put_open_sessions(*user, open)?;
        }
        Ok((tx, users.len()))
    }

    fn prepare_use(&self, caller: &Caller, session: [u8; 16]) -> Result<WriteTx, Refused> {
        let who = caller.identity();
        let proof = decide_public::<SessionOpen>(who.tenant).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        let realm = tx.realm(proof);
        let mut open = realm.now().open_sessions(who.principal)?;
        if let Some(used) = open.iter_mut().find(|open| open.id == session) {
            used.used = self.world.now();
            used.used_from = who.address;
            realm.put_open_sessions(who.principal, open)?;
        }
        Ok(tx)
    }
}
