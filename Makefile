# OpenJPKI: `make demo` and `make test` set everything up themselves.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: help
help: ## This list
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: native
native: ## Rebuild the Rust module into the environment
	flock $(VENV)/.native.lock env VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --uv --quiet

# -- Contracts --
.PHONY: proto proto-check
proto: ## Regenerate python/openjpki/api from protos/
	$(BIN)/python scripts/generate_api.py generate

proto-check: ## Generated code is current; buf lint and breaking pass
	$(BIN)/python scripts/generate_api.py check
	$(BIN)/python scripts/generate_api.py buf
