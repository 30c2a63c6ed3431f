#!/bin/sh
# Times Go and the engine on the same templates and data, and prints how many times as fast the engine is.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
data=$root/crates/gotemplate/benches/data
set -- "$root/templates/sidecar.yaml" "$root/tests/oracle/sidecar.json"
for name in calls fields loops printf text; do
    set -- "$@" "$data/$name.tmpl" "$data/$name.json"
done
cd "$root"
exec cargo run -q --release -p outrigger-gotemplate --example bench_against -- "$@"
