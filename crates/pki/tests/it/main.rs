//! The authority's certificates as others see them: judged by the TLS library's own verifier.

mod authority;
mod corpus;
mod devices;
mod trusted;
