//! The keys of the store on real files, and on a disk whose power is cut at every step.

mod crashes;
mod disk;
mod keyring_file;
mod master_key_file;
mod secrecy;
