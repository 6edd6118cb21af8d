#!/usr/bin/env bash
# Builds kube-apiserver, etcd and kubectl under build/tools/bin from the versions locked in
# scripts/deploy-tools/apiserver/go.sum (several minutes the first time; a second run ends at once),
# and lays cert-manager's own definitions of its kinds beside them.
set -euo pipefail
shopt -s inherit_errexit
root=$(cd "$(dirname "$0")/.." && pwd)
locked=$root/scripts/deploy-tools/apiserver
tools=$root/build/tools
go=go
[ -x "$tools/go/go/bin/go" ] && go=$tools/go/go/bin/go
export GOTOOLCHAIN=local GOFLAGS="-mod=readonly -modcacherw -trimpath" CGO_ENABLED=0
mkdir -p "$tools/bin"
exec 9>"$tools/.lock"
flock 9

want=$(cat "$locked/go.mod" "$locked/go.sum" | cksum)
if [ "$(cat "$tools/.apiserver" 2>/dev/null)" != "$want" ]; then
  echo "deploy-apiserver: building an API server from source (about seven minutes, once)" >&2
  (
    cd "$locked"
    "$go" build -o "$tools/bin/" k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kubectl
    "$go" build -o "$tools/bin/etcd" go.etcd.io/etcd/server/v3
  )
  echo "$want" >"$tools/.apiserver"
fi
(
  cd "$root/scripts/deploy-tools"
  "$go" mod download github.com/cert-manager/cert-manager
  rm -rf "$tools/crds"
  cp -R "$("$go" list -m -f '{{.Dir}}' github.com/cert-manager/cert-manager)/deploy/crds" "$tools/crds"
  chmod -R u+w "$tools/crds"
)
