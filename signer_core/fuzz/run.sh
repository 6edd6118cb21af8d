#!/bin/sh
# Builds every fuzz target on the stable toolchain and runs each for a while.
#
#   run.sh [seconds] [target ...]
#
# cargo-fuzz needs a nightly toolchain for its sanitizers. libFuzzer itself needs only the coverage
# counters below, which the stable compiler writes when asked by these flags.
set -eu
cd "$(dirname "$0")"
seconds=${1:-20}
[ $# -gt 0 ] && shift
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="--cfg fuzzing -Cdebug-assertions -Ccodegen-units=1 -Cpasses=sancov-module \
-Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
export RUSTFLAGS
cargo build --release --locked --target "$host"
[ $# -gt 0 ] || set -- $(cd fuzz_targets && ls -- *.rs | sed 's/\.rs$//')
for target in "$@"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  seeds=
  [ -d "seeds/$target" ] && seeds="seeds/$target"
  echo "== $target, $seconds s"
  "${CARGO_TARGET_DIR:-target}/$host/release/$target" "corpus/$target" $seeds \
    "-artifact_prefix=artifacts/$target/" "-max_total_time=$seconds" \
    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0
done
