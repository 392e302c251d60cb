//! Integration tests of the transactions and tables, through the real path: facts, decision, proof, change set, commit.

mod commit;
mod compile_fail;
mod crash;
mod gate;
mod ids;
mod keys;
mod naive;
mod operations;
mod projection;
mod proofs;
mod seals;
mod tree;
mod world;
