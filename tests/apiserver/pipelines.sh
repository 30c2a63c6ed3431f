#!/usr/bin/env bash
# Gets the programs that pipelines call Outrigger from, beside helm.sh's helm: Helm 4
# and kustomize, built from the Go module proxy once into target/assets. HELM4 and
# KUSTOMIZE name others. kubectl is taken from the path; without one Debian's
# package kubernetes-client or https://kubernetes.io/docs/tasks/tools/ has it.
set -euo pipefail

assets=$(cd "$(dirname "$0")/../.." && pwd)/target/assets
mkdir -p "$assets"

# build NAME GIVEN PACKAGE@VERSION
build() {
  local name=$1 given=$2 package=$3 folder
  if [ -n "$given" ]; then
    [ -x "$given" ] || { echo "pipelines: $given is no program" >&2; exit 1; }
    echo "$given"
    return
  fi
  if [ ! -x "$assets/$name" ]; then
    command -v go >/dev/null || { echo "pipelines: $name is built with Go, which is not installed" >&2; exit 1; }
    echo "pipelines: building $package (a minute or two the first time)" >&2
    folder=$(mktemp -d)
    GOBIN=$folder nice go install "$package"
    mv "$folder"/* "$assets/$name"
    rmdir "$folder"
  fi
  echo "$assets/$name"
}

command -v kubectl >/dev/null || { echo "pipelines: no kubectl on the path; see the head of $0" >&2; exit 1; }
build helm4 "${HELM4:-}" helm.sh/helm/v4/cmd/helm@v4.3.2
build kustomize "${KUSTOMIZE:-}" sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
