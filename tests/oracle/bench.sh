#!/bin/sh
# Times Go, the engine and other engines on the same templates and data, and prints how many times as fast the engine is.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
crate=$root/crates/gotemplate
target=${CARGO_TARGET_DIR:-$root/target}/rivals
cargo build -q --release --manifest-path "$crate/benches/rivals/Cargo.toml" --target-dir "$target"
set -- "$target/release/rivals"
for name in sidecar gateway; do
    set -- "$@" "$root/templates/$name.yaml" "$root/tests/oracle/sidecar.json"
done
for name in calls fields loops printf text; do
    set -- "$@" "$crate/benches/data/$name.tmpl" "$crate/benches/data/$name.json"
done
cd "$root"
exec cargo run -q --release -p outrigger-gotemplate --example bench_against -- "$@"
