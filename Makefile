# Each target works alone on a fresh checkout with Python 3.11+, its venv module and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-compiled check acceptance campaign bench soak wheel release clean help

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY) ## a five-stage canary rollout against the embedded service, with a report
	$(BIN)/locust -f loadtests/

# A test that drives a real run waits most of the time: for its stages, and for the processes it starts.
test: $(READY) ## every test, three at a time
	$(BIN)/python -m pytest -n 3 --dist worksteal

# Beside the source, so that the demo and the other tests go on with what is being written.
test-compiled: $(READY) ## the tests of the request path and of real runs, on its compiled form
	rm -rf build/compiled
	HARNESS_COMPILE=1 $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target build/compiled .
	PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/build/compiled:$(CURDIR) \
		$(BIN)/python -m pytest -n 3 --dist worksteal tests/load tests/record tests/real

check: $(READY) ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# PART=full takes every stage, and more than an hour.
acceptance: PART ?= 0.18
acceptance: $(READY) ## measure the judge's error rates on simulated stages, written to docs/judge.md; about 15 minutes
	HARNESS_ACCEPTANCE=$(PART) $(BIN)/python -m pytest tests/acceptance -q

campaign: $(READY) ## play faults of every part around a release; which promises held, as a table; about 40 minutes
	$(BIN)/python -m tests.campaign

bench: $(READY) ## compare load generators and measure the cost of recording; about 10 minutes
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only --benchmark-columns=median,ops,rounds
	$(BIN)/python -m tests.benchmarks.request_path
	$(BIN)/python -m tests.benchmarks.compare

soak: $(READY) ## an hour at 500 requests a second against a service that restarts: does anything grow?
	$(BIN)/python -m tests.benchmarks.soak --minutes 60 --rate 500 --restart-every 600

wheel: $(READY) ## a wheel for this Python and machine, with the request path compiled
	HARNESS_COMPILE=1 $(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

release: $(READY) ## VERSION=0.2.0: version, changelog, commit, tag, and the wheel and source archive in dist/
	$(BIN)/python scripts/release.py $(VERSION)

clean: ## remove the virtual environment and run directories
	rm -rf $(VENV)
	find reports -mindepth 1 -maxdepth 1 ! -name example -exec rm -rf {} +
