//! Integration tests of the transactions and tables, through the real path: facts, decision, proof, change set, commit.

mod commit;
mod crash;
mod ids;
mod keys;
mod naive;
mod operations;
mod projection;
mod seals;
mod world;
