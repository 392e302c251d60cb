//! Integration tests of the transactions and tables, through the real path: facts, decision, proof, change set, commit.

mod audit_log;
mod blobs;
mod commit;
mod compile_fail;
mod crash;
mod documents;
mod gate;
mod ids;
mod keys;
mod naive;
mod operations;
mod projection;
mod projects;
mod proofs;
mod reach;
mod seals;
mod shards;
mod tree;
mod world;
