#!/usr/bin/env bash
# Gets helm for the tests of the chart and prints where it is: what HELM names,
# or else target/assets/helm, built from the Go module proxy once.
set -euo pipefail

version=v3.22.0
if [ -n "${HELM:-}" ]; then
  [ -x "$HELM" ] || { echo "helm: HELM is $HELM, which is no program" >&2; exit 1; }
  echo "$HELM"
  exit
fi

assets=$(cd "$(dirname "$0")/../.." && pwd)/target/assets
if [ ! -x "$assets/helm" ]; then
  command -v go >/dev/null || { echo "helm: it is built with Go, which is not installed" >&2; exit 1; }
  echo "helm: building $version (about three minutes the first time)" >&2
  mkdir -p "$assets"
  GOBIN=$assets nice go install "helm.sh/helm/v3/cmd/helm@$version"
fi
echo "$assets/helm"
