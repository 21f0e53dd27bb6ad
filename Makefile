# `make` lists the targets. PYTHON=/path/to/python3.12 chooses the interpreter; ARGS=... goes to pytest or the bench.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: run test test-compat e2e pictures fault fault-long lint bench bench-web lock vendor clean help

VENV   := .venv
COMPAT := .compat
PY     := $(VENV)/bin/python
UV      = $(VENV)/bin/uv
PIP     = $(PY) -m pip -qq --disable-pip-version-check --no-input install --no-deps --require-hashes
PYTHON ?=
ARGS   ?=
CODE    = $(wildcard app.py engine webapp mock_api bench tests)
export PIP_ROOT_USER_ACTION := ignore

run: $(VENV)/.runtime ## start Stepline: web pages, worker, embedded database
	$(PY) app.py run

test: $(VENV)/.dev ## unit, contract, integration and acceptance tests, and some faults in short
	$(PY) -m pytest -m "not fault" $(ARGS)

test-compat: $(VENV)/.dev $(COMPAT)/.ready ## the store's contract on another MongoDB-compatible server
	$(PY) -m tests.compat $(COMPAT)/bin/secantusd-py $(ARGS)

e2e: $(VENV)/.dev ## browser tests, which keep pictures of every page in var/screenshots; need a chromium
	STEPLINE_PICTURES=$(or $(STEPLINE_PICTURES),var/screenshots) $(PY) -m pytest -p no:tests.gevent_first tests/e2e $(ARGS)

pictures: $(VENV)/.dev ## take the guide's pictures anew, into docs/pictures; needs a chromium
	$(PY) -m tests.e2e.guide_pictures

fault: $(VENV)/.dev ## kill, stop, cut off and mislead workers for some minutes; an oracle judges
	$(PY) -m tests.fault $(ARGS)

fault-long: $(VENV)/.dev ## the same for an hour or so
	$(PY) -m tests.fault --long $(ARGS)

lint: $(VENV)/.dev ## ruff and mypy
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(PY) -m mypy $(CODE)

bench-web: $(VENV)/.dev ## how soon pages answer and show a change; ARGS="--count 1000000 --into var/bench" for very many tasks
	$(PY) -m bench web $(ARGS) live

bench: $(VENV)/.dev ## throughput and latency, each against a baseline in the same run
	$(PY) -m bench $(ARGS)

lock: $(VENV)/.dev ## choose versions anew from pyproject.toml, newest first, and lock them with hashes
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make lock' --output-file requirements.txt pyproject.toml
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make lock' --output-file requirements-dev.txt \
	  --group pyproject.toml:dev --constraints requirements.txt \
	  $$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.txt)
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make lock' --output-file requirements-compat.txt --group pyproject.toml:compat

vendor: $(VENV)/.runtime ## fetch the front-end files again, as locked in webapp/static/vendor/lock.json (needs npm)
	$(PY) webapp/vendoring.py

clean: ## remove the environment and caches; data in var/ stays
	rm -rf $(VENV) $(COMPAT) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; \
	  do printf '  make %-11s %s\n' "$$target" "$$what"; done

# A stamp each for the environment, what running needs, and what developing adds: a second `make run` starts at once.
$(VENV)/.created:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || continue; \
	  echo "Building $(VENV) with $$("$$python" --version) ($$python)"; \
	  "$$python" -m venv --clear $(VENV) && touch $@ && exit 0; \
	  exit 1; \
	done; \
	echo "Stepline needs Python 3.11, 3.12 or 3.13 with its venv module, and found none as: $(or $(PYTHON),python3 python3.13 python3.12 python3.11)." >&2; \
	echo "Install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=/path/to/python3.12 run" >&2; \
	exit 1

$(VENV)/.runtime: $(VENV)/.created requirements.txt
	@echo "Installing requirements.txt"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@echo "Installing requirements-dev.txt"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(COMPAT)/.ready: private PY = $(COMPAT)/bin/python
$(COMPAT)/.ready: $(VENV)/.created requirements-compat.txt
	@echo "Installing requirements-compat.txt into $(COMPAT)"
	@$(VENV)/bin/python -m venv --clear $(COMPAT)
	@$(PIP) -r requirements-compat.txt
	@touch $@
