//! The audit crate as its users see it: records, tree, verification and bundles together.

mod bundle;
mod record;
mod samples;
mod tree;
mod vectors;
mod verify;
