#!/usr/bin/env bash
# Gets etcd and kube-apiserver for the tests and prints the folder that has them:
# the one that KUBEBUILDER_ASSETS names, or else target/assets, filled from
# Debian's packages and the Go module proxy. What is there already stays.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
say() { echo "assets: $*" >&2; }

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  for program in etcd kube-apiserver; do
    [ -x "$KUBEBUILDER_ASSETS/$program" ] ||
      { say "KUBEBUILDER_ASSETS is $KUBEBUILDER_ASSETS, which has no $program"; exit 1; }
  done
  echo "$KUBEBUILDER_ASSETS"
  exit
fi

assets=$(cd "$here/../.." && pwd)/target/assets
mkdir -p "$assets"

if [ ! -x "$assets/etcd" ]; then
  if ! command -v etcd >/dev/null; then
    say "installing Debian's etcd-server"
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends etcd-server >&2
  fi
  ln -sf "$(command -v etcd)" "$assets/etcd"
fi

# Built again when the module's files are newer; Go's build cache makes that cheap.
program=$assets/kube-apiserver
module=$here/kube-apiserver
if [ ! -x "$program" ] || [ -n "$(find "$module" -type f -newer "$program")" ]; then
  command -v go >/dev/null || { say "kube-apiserver is built with Go, which is not installed"; exit 1; }
  version=$(cd "$module" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
  say "building kube-apiserver $version (about ten minutes the first time)"
  (cd "$module" && nice go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" -o "$program" .)
  touch "$program"
fi

echo "$assets"
