//! Makes every crate of the workspace ask for the same features of the dependencies they share,
//! so that `cargo check -p one-crate` and `cargo build --workspace` reuse each other's artifacts
//! instead of compiling DataFusion twice. It holds no code.
