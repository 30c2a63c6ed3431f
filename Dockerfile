# The program and the list of what it is made from, and nothing else: no shell, no library, no package manager.
#   docker build --tag outrigger .

FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends musl-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY rust-toolchain.toml ./
RUN rustup target add "$(uname -m)-unknown-linux-musl"
COPY . .
# Linked statically, as a scratch image has nothing to link to.
RUN target=$(uname -m)-unknown-linux-musl \
 && cargo build --locked --release --bin outrigger --target "$target" \
 && install -D "target/$target/release/outrigger" /out/outrigger

FROM build AS bill
# The bill of materials: every crate with version, licence and checksum, in CycloneDX.
RUN cargo install --locked cargo-cyclonedx@0.5.9 \
 && cargo cyclonedx --manifest-path Cargo.toml --format json --target "$(uname -m)-unknown-linux-musl" \
      --override-filename outrigger.cdx \
 && install -D -m 644 outrigger.cdx.json /out/outrigger.cdx.json

FROM scratch
LABEL org.opencontainers.image.title="outrigger" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/outrigger-dev/outrigger"
COPY --from=build /out/outrigger /outrigger
COPY --from=bill /out/outrigger.cdx.json /usr/share/sbom/outrigger.cdx.json
# A number, as `runAsNonRoot` cannot tell who a name is.
USER 65532:65532
EXPOSE 15017 15014
ENTRYPOINT ["/outrigger"]
CMD ["serve"]
