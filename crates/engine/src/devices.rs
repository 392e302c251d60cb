//! Managed objects as clients over MQTT name them: by external ids, which are found in the same transaction in which
//! something is done with them. And what such clients say that is read and changed in one step: the first message of a
//! device creates it, an alarm is known by its type, a list is appended to. It knows no rows, topics or JSON text.

mod collections;
mod create;
mod documents;
mod installed;
mod many;
mod named;
mod object;
mod profile;
mod software;
mod unfinished;

pub use collections::{CreateCollection, ListCollections, ReadCollection};
pub use create::{EnsureChild, EnsureDevice, Ensured};
pub use documents::{ChangeLatestEvent, ChangeOpenAlarm, Parameters, StoreParameters};
pub use installed::FindSoftware;
pub use many::{PassEvents, RaiseAlarms, StoreEvents};
pub(crate) use named::is_its_own;
pub use named::{About, ByName, ByNames, FindNamed, ListChildSerials, Named};
pub use object::{CreateNamed, RequireAvailability, StorePosition};
pub use profile::SetProfile;
pub use software::{ChangeSoftware, INSTALLED, Package, SoftwareChange};
pub use unfinished::UpdateUnfinished;
