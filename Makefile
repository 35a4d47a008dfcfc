# Thin names for plain cargo commands. `make help` lists them.

CARGO ?= cargo
# Starts what the tests talk to.
SERVICES := tests/with-services

.DEFAULT_GOAL := help
.PHONY: help run test simulate e2e web screenshots bench check fmt fmt-check clippy doc dependencies tools

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: tools ## the server on http://127.0.0.1:8000, with its data in ./data
	@$(CARGO) run --release -p parlor-server -- serve

test: tools ## every test, beside a PostgreSQL and a NATS server of its own
	$(SERVICES) $(CARGO) test --workspace

simulate: tools ## live delivery with everything going wrong: SEEDS=n runs, or SEED=n alone with all that happens
	@$(if $(SEED),PARLOR_SIMULATION_SEED=$(SEED),PARLOR_SIMULATION_SEEDS=$(or $(SEEDS),5000)) \
		$(CARGO) test --quiet -p parlor-testkit --test simulation whatever -- --nocapture

e2e: tools ## only the tests of the built binary
	$(SERVICES) $(CARGO) test -p parlor-server --test e2e

web: tools ## only the tests of the web client, in Chromium, and of parlor-client.js
	$(SERVICES) $(CARGO) test -p parlor-server --test e2e -- web::

screenshots: tools ## pictures of the web client in target/screenshots; those of the README are renewed
	tests/need fonts-inter fonts-noto-color-emoji
	$(CARGO) build -p parlor-server
	$(SERVICES) tests/web/screenshots

bench: tools ## measures the release build, and writes docs/BENCHMARKS.md
	$(SERVICES) $(CARGO) bench -p parlor-server --bench figures

check: tools fmt-check clippy doc dependencies ## what a commit must pass beside the tests

fmt: ## formats the code
	$(CARGO) fmt --all

fmt-check:
	$(CARGO) fmt --all --check

clippy: tools
	$(CARGO) clippy --workspace --all-targets -- -D warnings

doc: tools ## the API documentation of all crates, in target/doc
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --workspace

dependencies:
	.ci/check-dependencies
	.ci/check-dependencies --self-test

# The bundled SQLite and libpq are compiled from source.
tools:
	@command -v cc >/dev/null || tests/need build-essential
