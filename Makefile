# `make demo` and `make test` need Python 3.11, 3.12 or 3.13 and nothing else: what stays is in .venv and .devstack.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

# Tried by running: a version manager's shim may be there for a version that is not. Debian splits ensurepip off: one with it is preferred.
SUITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
CANDIDATES := python3.13 python3.12 python3.11 python3
PYTHON ?= $(shell for needs in 'import ensurepip, venv' 'pass'; do for c in $(CANDIDATES); do \
	"$$c" -c "$$needs; $(SUITS)" 2>/dev/null && { echo "$$c"; exit; }; done; done)

PY := .venv/bin/python
UV := .venv/bin/uv
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Images often forbid bytecode: then each process that starts compiles all of Django again, for four seconds.
unexport PYTHONDONTWRITEBYTECODE
# uv fails where pip only goes without: a home folder that cannot be written.
UV_CACHE = $(shell [ -n "$$UV_CACHE_DIR" ] || [ -w "$${XDG_CACHE_HOME:-$$HOME}" ] || echo --no-cache)

# For commands that load the settings but talk to no server.
NO_SERVERS := env DATABASE_OWNER_URL=postgres://nobody@/none DATABASE_URL=postgres://nobody@/none \
	REDIS_URL=unix:///nowhere SECRET_KEY=none ALLOWED_HOSTS=localhost EMAIL_HOST=localhost EMAIL_PORT=25 \
	DJANGO_SETTINGS_MODULE=config.settings

CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))

.PHONY: help demo test faults crash pooled bench e2e mutants detection lint stop reset lock messages FORCE

help:
	@echo 'make demo      start everything with sample data on http://127.0.0.1:8000/ (PORT=8001 make demo)'
	@echo 'make stop      stop the demo; make reset also drops its data'
	@echo 'make test      the tests (make test ARGS="-k rollup"); those of faults and in a browser apart:'
	@echo 'make faults    processes and servers killed, disks full, hostile files'
	@echo 'make crash     the long ones: many kills, many writers, many random histories'
	@echo 'make bench     the store beside a bare INSERT, one JSON line a figure (ARGS="append_1w --rounds 3")'
	@echo 'make pooled    the tests of the log through PgBouncer (which must be installed)'
	@echo 'make e2e       in a browser (Chromium must be installed)'
	@echo 'make mutants   which small changes to the rules no test notices (ARGS="indicators.statistics*")'
	@echo 'make detection how soon a lag is found, and how often one that is none, simulated'
	@echo 'make lint      ruff, mypy, import rules'
	@echo 'make messages  collect the texts to translate; make lock  pin the requirements again'

# "exec", so that a signal to make reaches the supervisor and not a shell between the two.
demo: .venv/.demo $(CATALOGUES)
	@exec $(PY) -m deploy.devstack up

test: .venv/.dev $(CATALOGUES)
	@exec $(PY) -m deploy.devstack run -- $(PY) -m pytest -q -n 3 --dist worksteal -m "not browser and not long" \
		--ignore tests/faults $(ARGS)
	@echo 'Left out: make faults kills processes and servers, make e2e drives a browser.'

faults: .venv/.dev $(CATALOGUES)
	@exec $(PY) -m deploy.devstack run -- $(PY) -m pytest -q -n 2 --dist worksteal -m "not browser and not long" \
		tests/faults $(ARGS)

# One test at a time: they kill processes and servers of their own, and say how many. Of random countries and histories
# make test plays the first, and this the others.
crash: .venv/.dev $(CATALOGUES)
	@exec $(PY) -m deploy.devstack run -- $(PY) -m pytest -q -rP -m long $(ARGS)

# The log and its followers again, with PgBouncer in transaction mode before the server.
POOLED := $(addprefix tests/storage/,test_pooled.py test_append.py test_visibility_gap.py test_many_at_once.py \
	test_random_histories.py test_row_level_security.py) tests/faults/test_followers_killed.py
pooled: .venv/.dev $(CATALOGUES)
	@exec $(PY) -m deploy.devstack run -- $(PY) -m pytest -q -n 2 -m "not long" --pooled $(POOLED) $(ARGS)

e2e: .venv/.dev $(CATALOGUES)
	@exec $(PY) -m deploy.devstack run -- $(PY) -m pytest -q -m browser $(ARGS)

# PostgreSQL as durable as in production; on a machine with nothing else to do.
bench: .venv/.dev $(CATALOGUES)
	@exec env DJANGO_SETTINGS_MODULE=config.settings $(PY) -m deploy.devstack run --durable -- $(PY) -m tests.benchmarks $(ARGS)

detection: .venv/.dev
	@$(PY) -m tests.benchmarks.detection $(ARGS)

# What survives is listed, with its reason, in tests/mutants.md. A run goes on where the last one stopped.
mutants: .venv/.mutants
	$(PY) -m mutmut run $(ARGS)
	@$(PY) -m mutmut results | grep -v 'not checked' || echo 'None survived.'

# lint-imports by its function: the script's first line names an absolute path, which a moved checkout breaks.
lint: .venv/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(NO_SERVERS) $(PY) -m mypy
	$(NO_SERVERS) $(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

stop:
	@[ ! -x $(PY) ] || exec $(PY) -m deploy.devstack stop

reset:
	@[ ! -x $(PY) ] || exec $(PY) -m deploy.devstack reset

# No address of a package index may get into the files: hence the options.
COMPILE = $(UV) pip compile --python $(PY) --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
	--no-header --no-annotate -q $(UPGRADE)
lock: .venv/.uv
	$(COMPILE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/base.in -c requirements/dev.txt -o requirements/base.txt
	$(COMPILE) requirements/demo.in -c requirements/dev.txt -o requirements/demo.txt
	$(COMPILE) requirements/mutants.in -c requirements/dev.txt -o requirements/mutants.txt
	@! grep -n '://' requirements/*.in requirements/*.txt

messages: .venv/.dev
	@command -v xgettext >/dev/null || { echo 'make messages needs gettext (Debian: apt-get install gettext)' >&2; exit 1; }
	$(NO_SERVERS) $(PY) manage.py makemessages -l ja -l en --no-location --ignore '.venv/*' --ignore '.devstack/*'

# --- what the above stand on ---

# A venv whose Python was removed or is of another line is made anew, with everything in it.
ifneq ($(shell $(PY) -c '$(SUITS)' 2>/dev/null && echo runs),runs)
.venv/.uv: FORCE
endif

.venv/.uv: requirements/uv.txt
	@[ -n '$(PYTHON)' ] || { echo 'Python 3.11, 3.12 or 3.13 is needed (looked for: $(CANDIDATES)). Name it: make PYTHON=/path/to/python3 ...' >&2; exit 1; }
	@$(PY) -c '$(SUITS)' 2>/dev/null && $(PY) -m pip --version >/dev/null 2>&1 || { \
		echo "making .venv with $$($(PYTHON) -V)"; rm -rf .venv; $(PYTHON) -m venv .venv >.venv-error 2>&1 || { \
		cat .venv-error >&2; rm -rf .venv .venv-error; \
		echo 'A virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }; \
		rm -f .venv-error; }
	@echo 'installing uv'
	@$(PY) -m pip install -q --require-hashes -r $<
	@touch $@

# dev.txt holds all of demo.txt, in the same versions.
.venv/.demo .venv/.dev: .venv/.%: requirements/%.txt .venv/.uv
	@echo 'installing requirements/$*.txt'
	@$(UV) pip install -q $(UV_CACHE) --python $(PY) --require-hashes -r $< \
		|| { echo 'uv could not; trying pip'; $(PY) -m pip install -q --require-hashes -r $<; }
	@touch $@ .venv/.demo

.venv/.mutants: requirements/mutants.txt .venv/.dev
	@echo 'installing requirements/mutants.txt'
	@$(UV) pip install -q $(UV_CACHE) --python $(PY) --require-hashes -r $<
	@touch $@

%/django.mo: %/django.po | .venv/.demo
	@echo 'compiling $<'
	@$(PY) -m babel.messages.frontend -q compile -i $< -o $@
	@[ -f $@ ] || { echo '$<: its header is marked "fuzzy", so nothing was compiled; take the mark away' >&2; exit 1; }
