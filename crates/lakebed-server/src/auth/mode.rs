/// What is asked of who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// Nothing: any credentials are taken, and none.
    #[default]
    None,
    /// A right signature.
    Signed,
    /// A right signature, and what is done must be allowed.
    Enforce,
}
