# One-liners over cargo; `just --list` shows them.

# Run the whole workshop on the fixtures
lab:
    cargo run --release -- lab run

# Serve on http://127.0.0.1:4566
up:
    cargo run --release -- up

# Run every check
test:
    cargo xtask test

# Run the wire tests only
wire:
    cargo xtask test --only wire

# Regenerate the wire from the service models
codegen:
    cargo xtask codegen

# Regenerate docs/coverage.md
coverage:
    cargo xtask coverage

# Format everything
fmt:
    cargo fmt --all

# Measure the release binary as a user feels it
figures:
    cargo xtask figures
