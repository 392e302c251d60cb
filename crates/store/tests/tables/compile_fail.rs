//! Misuses of proofs that the compiler refuses: each file must not compile, for exactly the reason beside it.

// R115
#[test]
fn misused_proofs_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
