//! Migrations: the steps from one format of a shard to the next, taken when a newer program opens older data.
//!
//! All steps and the new format number are one transaction, so a crash leaves the old format or the new one, whole. A
//! format that this program does not know, older or newer, is refused untouched.

use crate::backend::WriteTransaction;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::shards::OpenError;

/// One step. It rewrites whatever rows the next format has otherwise.
pub(crate) type Step = fn(&mut dyn WriteTransaction, &Keys) -> Result<(), StoreFault>;

/// Every step, in order: the first makes format 2 of format 1. There is one format so far.
pub(crate) const STEPS: &[Step] = &[];

/// The format that this program writes.
pub(crate) const FORMAT: u32 = newest(STEPS);

const fn newest(steps: &[Step]) -> u32 {
    1 + steps.len() as u32
}

/// Takes the steps that lead from the format found to the newest.
pub(crate) fn run(
    found: u32,
    steps: &[Step],
    tx: &mut dyn WriteTransaction,
    keys: &Keys,
) -> Result<(), OpenError> {
    let known = newest(steps);
    let done = found.checked_sub(1).map(|done| done as usize);
    let rest = done
        .and_then(|done| steps.get(done..))
        .ok_or(OpenError::Format { found, known })?;
    for (step, format) in rest.iter().zip(found + 1..) {
        tracing::info!(format, "bringing the data to a newer format");
        step(tx, keys)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::memory::MemoryBackend;
    use crate::backend::{Backend, Space};
    use crate::keyring::Keyring;
    use crate::master_key::MasterKey;

    const TRACE: &[u8] = b"trace";

    fn leave(tx: &mut dyn WriteTransaction, mark: u8) -> Result<(), StoreFault> {
        let mut trace = tx.get(Space::Catalogue, TRACE)?.unwrap_or_default();
        trace.push(mark);
        Ok(tx.put(Space::Catalogue, TRACE, &trace)?)
    }

    const THREE: &[Step] = &[|tx, _| leave(tx, 2), |tx, _| leave(tx, 3), |tx, _| leave(tx, 4)];

    /// What the steps from a format leave behind, or the format that was refused.
    fn migrated(found: u32, steps: &[Step]) -> Result<Vec<u8>, u32> {
        let directory = tempfile::tempdir().expect("a directory");
        let keyring =
            Keyring::create(&directory.path().join("keyring"), &MasterKey::random()).expect("a keyring");
        let (keys, backend) = (Keys::new(keyring), MemoryBackend::new());
        let mut tx = backend.begin().expect("a transaction");
        match run(found, steps, &mut *tx, &keys) {
            Ok(()) => tx.commit().expect("durable"),
            Err(OpenError::Format { found, .. }) => return Err(found),
            Err(error) => panic!("{error}"),
        }
        let trace = backend
            .snapshot()
            .expect("a snapshot")
            .get(Space::Catalogue, TRACE)
            .expect("readable");
        Ok(trace.unwrap_or_default())
    }

    #[test]
    fn older_data_takes_every_step_that_it_lacks_in_order() {
        for (found, trace) in [(1, vec![2, 3, 4]), (2, vec![3, 4]), (3, vec![4]), (4, vec![])] {
            assert_eq!(migrated(found, THREE), Ok(trace), "from format {found}");
        }
    }

    #[test]
    fn a_format_that_is_not_known_is_refused() {
        for found in [0, 5, u32::MAX] {
            assert_eq!(migrated(found, THREE), Err(found));
        }
        assert_eq!(migrated(FORMAT, STEPS), Ok(Vec::new()));
        assert_eq!(migrated(FORMAT + 1, STEPS), Err(FORMAT + 1));
    }
}
