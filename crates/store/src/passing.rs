//! What passes by: told to those who follow, and not stored. It opens for a proof like any table, and is shown within its
//! reach; it waits in the [feed](crate::feed) until it is told.

#![expect(clippy::needless_pass_by_value, reason = "opening a table spends the proof")]

use crate::fault::StoreFault;
use crate::shown::Shown;
use crate::transaction::{ReadTx, WriteTx};
use model::passing::{Passed, Passing};
use policy::operation::Operation;
use policy::proof::Allowed;
use policy::tables::{Events, Measurements, Read, Write};

impl ReadTx {
    /// A measurement that passes by, as far as this proof shows it; nothing if it has passed.
    pub fn passing_measurement<N>(
        &self,
        proof: Allowed<N>,
        number: u64,
    ) -> Result<Option<Passing>, StoreFault>
    where
        N: Operation<Table = Measurements, Access = Read>,
    {
        self.passing(&proof, Passed::Measurement, number)
    }

    /// An event that passes by, likewise.
    pub fn passing_event<N>(&self, proof: Allowed<N>, number: u64) -> Result<Option<Passing>, StoreFault>
    where
        N: Operation<Table = Events, Access = Read>,
    {
        self.passing(&proof, Passed::Event, number)
    }

    fn passing<N: Operation>(
        &self,
        proof: &Allowed<N>,
        what: Passed,
        number: u64,
    ) -> Result<Option<Passing>, StoreFault> {
        self.must_be_home(proof);
        let found = self.followers.feed.passing(self.tenant, number);
        let Some(found) = found.filter(|found| found.what == what) else {
            return Ok(None);
        };
        let shown = Shown::new(&self.view, self.tenant, proof.reach()).of(found.source)?;
        let shown = shown.filter(|shows| shows.shows(found.fragments.names()));
        Ok(shown.map(|shows| {
            let mut passing = Passing::clone(&found);
            passing.fragments.retain(|name| shows.cover.has(name));
            passing
        }))
    }
}

impl WriteTx {
    /// Tells those who follow the source, and stores nothing but the record that stands for it.
    pub fn passes_by<N>(&self, proof: Allowed<N>, passing: Vec<Passing>) -> Result<(), StoreFault>
    where
        N: Operation<Access = Write>,
    {
        self.must_be_home(&proof);
        let shown = Shown::new(&self.view, self.tenant, proof.reach());
        for passing in passing {
            let shows = shown.of(passing.source)?;
            if shows.is_none_or(|shows| !shows.cover.covers(passing.fragments.names())) {
                return Err(StoreFault::Inconsistent {
                    tenant: self.tenant,
                    what: "the reach of a proof",
                });
            }
            let text = format!("{} {} {}", passing.source, passing.time, passing.fragments);
            // It has no id of its own: the record names the sources.
            self.tells_of(passing.source.number(), text.as_bytes());
            self.pending.borrow_mut().passing.push(passing);
        }
        Ok(())
    }

    /// Whether anything of it is told and not stored.
    pub fn passes(&self) -> bool {
        !self.pending.borrow().passing.is_empty()
    }
}
