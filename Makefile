# Requires Python 3.11 or newer, make and git; the lock files provide the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup demo test check bench faults fuzz lock
setup: .venv/.runtime

.venv/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is required: install it, or run make PYTHON=/path/to/python." >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv \
	  || { rm -rf .venv; echo "Python could not create .venv: install its venv package (Debian: python3-venv)." >&2; exit 1; }

.venv/.runtime: requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

# Runs the full demo on a clean machine; ONCE=1 exits after the walkthrough.
demo: .venv/.runtime
	@$(BIN)/python -m stream_pos.demo $(if $(ONCE),--once)

test: .venv/.dev
	@$(BIN)/python -m tests.run

check: .venv/.dev
	@$(BIN)/python -m tests.check

# Requires PostgreSQL and Redis; ROWS="row …" selects rows.
bench: .venv/.dev
	@$(BIN)/python -m benchmarks $(ROWS)

# Injects every known delivery fault and counts the events; LONG=1 runs the full suite.
faults: .venv/.dev
	@$(BIN)/python -m tests.faults

# Sends thousands of generated and mutated events; LONG=1 sends 100,000, SEED=n repeats a failure.
fuzz: .venv/.dev
	@$(BIN)/python -m tests.fuzz

# Regenerates both lock files: versions and hashes, no index URLs.
lock: .venv/.dev
	$(BIN)/uv pip compile -q -U pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header -c requirements.lock -o requirements-dev.lock
