#!/usr/bin/env bash
# Builds kube-apiserver, etcd and kubectl under build/tools/bin from the versions locked in
# scripts/deploy-tools/apiserver/go.sum (several minutes the first time; a second run ends at once),
# and lays cert-manager's own definitions of its kinds beside them.
source "$(dirname "$0")/deploy-go.sh" deploy-apiserver deploy-tools/apiserver

go=$(find_go)
if ! built "kube-apiserver kubectl etcd"; then
  say "building an API server from source (about seven minutes, once)"
  (
    cd "$locked"
    "$go" build -o "$tools/bin/" k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kubectl
    "$go" build -o "$tools/bin/etcd" go.etcd.io/etcd/server/v3
  )
  built_now
fi
(
  cd "$root/scripts/deploy-tools"
  "$go" mod download github.com/cert-manager/cert-manager
  rm -rf "$tools/crds"
  cp -R "$("$go" list -m -f '{{.Dir}}' github.com/cert-manager/cert-manager)/deploy/crds" "$tools/crds"
  chmod -R u+w "$tools/crds"
)
