#!/usr/bin/env bash
# Runs etcd and kube-apiserver on loopback, without nodes or controllers, until
# standard input closes: whoever started it may end in any way, a kill included,
# and leaves no process and no file behind.
#
#   cluster.sh ASSETS DIR ETCD_PORT PEER_PORT API_PORT
#
# ASSETS holds the two programs. DIR is made, gets `kubeconfig` and the logs, and
# is removed at the end. By hand: start it in a terminal, point KUBECONFIG to
# DIR/kubeconfig in another, end it with Ctrl-D.
set -euo pipefail

assets=$1 dir=$2 etcd=$3 peer=$4 api=$5
mkdir -p "$dir"
exec 3<&0
declare -A running=()

finish() {
  local status=$?
  trap - EXIT
  kill "${running[@]}" 2>/dev/null || true
  # One that a test has stopped hears of that only when it goes on.
  kill -CONT "${running[@]}" 2>/dev/null || true
  wait || true
  # A program that ended by itself says why; the end of standard input is no fault.
  [ "$status" -eq 0 ] || tail -n 20 "$dir"/*.log >&2
  rm -rf "$dir"
  exit "$status"
}
trap finish EXIT
trap 'exit 0' INT TERM

# The token's holder may do everything; RBAC binds this group by itself.
echo 'admin-token,admin,admin,system:masters' >"$dir/tokens.csv"
openssl ecparam -genkey -name prime256v1 -noout -out "$dir/sa.key"
cat >"$dir/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: admin}}]
users: [{name: admin, user: {token: admin-token}}]
clusters:
  - name: test
    cluster: {server: "https://127.0.0.1:$api", certificate-authority: $dir/certs/apiserver.crt}
YAML

# Who created which Pod, with what webhooks have noted of it.
cat >"$dir/audit.yaml" <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - {level: Metadata, verbs: [create], resources: [{group: "", resources: [pods]}]}
  - {level: None}
YAML

(
  read -r -u 3 _ || true
  exit 0
) &
running[reader]=$!

# start NAME ARGUMENT...: runs a program, which ends with this script even if that is killed.
start() {
  local name=$1
  shift
  setpriv --pdeathsig KILL "$assets/$name" "$@" >>"$dir/$name.log" 2>&1 3<&- &
  running[$name]=$!
  echo $! >"$dir/$name.pid"
}

start_etcd() {
  start etcd \
    --data-dir "$dir/etcd" \
    --listen-client-urls "http://127.0.0.1:$etcd" \
    --advertise-client-urls "http://127.0.0.1:$etcd" \
    --listen-peer-urls "http://127.0.0.1:$peer" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer"
}

# No controller makes service accounts here, so the plugin that demands them is off, unless SERVICE_ACCOUNTS is set.
if [ -n "${SERVICE_ACCOUNTS:-}" ]; then without=(); else without=(--disable-admission-plugins ServiceAccount); fi
start_kube-apiserver() {
  start kube-apiserver \
    --etcd-servers "http://127.0.0.1:$etcd" \
    --bind-address 127.0.0.1 \
    --advertise-address 127.0.0.1 \
    --endpoint-reconciler-type none \
    --secure-port "$api" \
    --cert-dir "$dir/certs" \
    --token-auth-file "$dir/tokens.csv" \
    --authorization-mode RBAC \
    "${without[@]}" \
    --service-account-issuer https://outrigger.test \
    --service-account-key-file "$dir/sa.key" \
    --service-account-signing-key-file "$dir/sa.key" \
    --service-cluster-ip-range 10.0.0.0/24 \
    --audit-policy-file "$dir/audit.yaml" \
    --audit-log-path "$dir/audit.log"
}

start_etcd
start_kube-apiserver

# While there is a file `away`, a program that ends is not the end of all, and is started again after.
while true; do
  status=0
  wait -n || status=$?
  kill -0 "${running[reader]}" 2>/dev/null || exit 0
  for name in etcd kube-apiserver; do
    kill -0 "${running[$name]}" 2>/dev/null && continue
    [ -e "$dir/away" ] || exit "$status"
    while [ -e "$dir/away" ]; do
      kill -0 "${running[reader]}" 2>/dev/null || exit 0
      sleep 0.1
    done
    "start_$name"
  done
done
