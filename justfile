# The daily recipes; `just` lists them.

[private]
default:
    @just --list --unsorted

# rewrite the code in the one format
fmt:
    cargo fmt --all

# what the compiler, clippy and rustfmt have to say, as in CI
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# the tests that need nothing but Rust; arguments go to cargo, e.g. `just test -p outrigger-json`
test *args:
    cargo test {{args}}

# the tests with a real API server, helm, kustomize and kubectl, which the first run builds (needs Go)
test-apiserver *args:
    tests/apiserver/assets.sh
    tests/apiserver/helm.sh
    tests/apiserver/pipelines.sh
    cargo test --package outrigger-apiserver-tests {{args}}

# Pods created while something goes wrong, a minute for each fault, see docs/faults.md (needs Go and Debian's libfaketime);
# `just soak clock` runs those whose names have this in them
soak *args:
    tests/apiserver/assets.sh
    cargo build --release
    FAULT_SECONDS=60 OUTRIGGER_BIN={{justfile_directory()}}/target/release/outrigger cargo test --package outrigger-apiserver-tests --test faults -- {{args}}

# Pods injected while the API server is away, an hour or so many seconds: `just soak-away 7200` (needs Go)
soak-away seconds="3600":
    tests/apiserver/assets.sh
    cargo build --release
    FAULT_SECONDS={{seconds}} OUTRIGGER_BIN={{justfile_directory()}}/target/release/outrigger cargo test --package outrigger-apiserver-tests --test it -- away::what_was_known

# inject the reference cases beside the repository, e.g. `just golden --filter probes`
golden *args:
    cargo build --release
    python3 ../shared/golden/run.py --bin target/release/outrigger {{args}}

# hold the template engine against Go's answers, asked anew (needs Go)
oracle:
    UPDATE=1 cargo test --package outrigger-gotemplate --test cases
    UPDATE=1 cargo test --test it oracle_templates

# the documentation of all crates, in target/doc
docs:
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace

# measure an injection, see benches/README.md
bench *args:
    cargo bench {{args}}

# what the server reaches over HTTPS on one core, beside one that only reads and answers (needs wrk)
bench-http:
    cargo bench --profile release --bench http

# latencies over HTTPS against the number of connections; writes a plot to docs/performance (needs wrk)
bench-load:
    cargo bench --profile release --bench http -- load

# resident memory of the server over a million injections, which take some minutes (needs wrk)
bench-memory:
    cargo bench --profile release --bench http -- memory

# Pods a second through the real API server, with the webhook and without (needs Go)
bench-apiserver:
    tests/apiserver/assets.sh
    cargo build --release
    OUTRIGGER_BIN={{justfile_directory()}}/target/release/outrigger cargo bench --profile release --package outrigger-apiserver-tests --bench creations

# how long `outrigger inject` takes over 1,000 Deployments, and its memory
bench-offline:
    cargo bench --profile release --bench offline

# how the cost of an injection grows; writes a plot to docs/performance (needs valgrind)
bench-growth:
    cargo bench --bench cost -- growth

# how long `outrigger drift` takes over 5,000 Pods in a real API server, and its memory (needs Go)
bench-drift:
    tests/apiserver/assets.sh
    cargo build --release
    OUTRIGGER_BIN={{justfile_directory()}}/target/release/outrigger cargo bench --profile dev --package outrigger-apiserver-tests --bench drift

# memory of the server over a real API server with 10,000 namespaces and 5,000 nodes, see docs/faults.md (needs Go)
bench-cluster:
    tests/apiserver/assets.sh
    cargo build --release
    OUTRIGGER_BIN={{justfile_directory()}}/target/release/outrigger cargo bench --profile dev --package outrigger-apiserver-tests --bench memory

# count the instructions of an injection; `just bench-cost --update` stores them (needs valgrind)
bench-cost *args:
    cargo bench --bench cost -- {{args}}

# search for inputs that break a target, e.g. `just fuzz restore 60` (seconds), see fuzz/README.md
fuzz target seconds="60" *flags:
    fuzz/run.sh {{target}} {{seconds}} {{flags}}

# everything that a change has to pass
ci:
    .ci/run
