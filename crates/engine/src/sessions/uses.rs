//! Noting that sessions are used: now and then, one write at a time for each, and no request waits for it. What is lost
//! when the program is killed is some minutes of it. And forgetting what was known of those that are over.

use crate::caller::Caller;
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use model::ids::TenantNumber;
use model::limits::SESSION_USES_MAX;
use policy::decide::decide_public;
use policy::operations::sessions::SessionOpen;
use policy::proof::SystemReason;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::transaction::WriteTx;

/// Users whose old sessions are forgotten in one commit.
const USERS_PER_COMMIT: usize = 200;

/// The sessions whose use is being written.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashSet<[u8; 16]>>);

/// The one who writes the use of a session.
struct Turn(Arc<Inside>, [u8; 16]);

impl Turn {
    fn of(inside: &Arc<Inside>, session: [u8; 16]) -> Option<Self> {
        let is_its = inside.sign_ins.uses.begin(session);
        is_its.then(|| Self(inside.clone(), session))
    }
}

impl Uses {
    /// Whether the use of this session is to be written now: nobody does, and not too many are being written.
    fn begin(&self, session: [u8; 16]) -> bool {
        let mut writing = self.lock();
        writing.len() < SESSION_USES_MAX && writing.insert(session)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<[u8; 16]>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.sign_ins.uses.lock().remove(&self.1);
    }
}

impl Door {
    /// Sees to it that the use of the caller's session is noted, if that is news. Nothing depends on it, so nobody waits for
    /// it, and a failure is nobody's: the next use is news again.
    pub(crate) fn note_session_use(&self, caller: &Caller) {
        let session = caller.identity().came.session;
        let Some(session) = session.filter(|session| session.use_is_news) else {
            return;
        };
        let Some(turn) = Turn::of(&self.0, session.id.0) else {
            return;
        };
        let (door, who) = (self.clone(), caller.clone());
        tokio::spawn(async move {
            let _turn = turn;
            let noted = door.committed(who.identity().tenant, move |inside| {
                Ok((inside.prepare_use(&who, session.id.0)?, ()))
            });
            let _: Result<(), Refusal> = noted.await;
        });
    }

    /// Forgets where and with what sessions were opened that have expired, in every tenant. Called every few minutes. What
    /// fails in one tenant holds up no other; the first reason is told.
    pub async fn forget_old_sessions(&self) -> Result<(), Refusal> {
        self.in_every_tenant(SystemReason::Expiry, |tenant| self.forget_old_sessions_of(tenant))
            .await
    }

    async fn forget_old_sessions_of(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let forget = || self.committed(tenant, move |inside| inside.prepare_forgetting(tenant));
        while forget().await? == USERS_PER_COMMIT {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_of_a_session_is_written_by_one_and_not_of_more_than_may_be() {
        let uses = Uses::default();
        let sessions = |from: usize, to: usize| (from..to).map(|number| (number as u128).to_be_bytes());
        assert!(sessions(0, SESSION_USES_MAX - 1).all(|session| uses.begin(session)));
        assert!(!uses.begin([0; 16]), "somebody does");
        assert!(sessions(SESSION_USES_MAX - 1, SESSION_USES_MAX).all(|session| uses.begin(session)));
        assert!(!uses.begin([0xff; 16]), "too many");
    }
}
