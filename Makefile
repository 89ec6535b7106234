# The two commands: `make run` and `make test`. Both need Python 3.11 or newer, and install the rest.

# The first of these that is new enough; .venv's own comes first, so that a second start looks no further.
PYTHONS = .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11
FIND_PYTHON = for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "trendsite: Python 3.11 or newer is needed: on Debian and Ubuntu, apt install python3 python3-venv" >&2; \
		exit 1; \
	fi
READY = $(FIND_PYTHON); exec "$$python" -m launch.install
BIN = .venv/bin

.PHONY: run test test-postgres lint format bench torture screenshot backfill status password clean

run: ## Install what is missing and start everything; Ctrl-C stops it
	@$(READY) $(BIN)/python -m launch

test: ## Run every test
	@$(READY) --dev $(BIN)/python -m pytest

test-postgres: ## Run the tests that touch the database on a PostgreSQL of their own, which must be installed
	@$(READY) --dev $(BIN)/python -m tests.on_postgres

lint: ## Check style, types, the rules of who imports whom, and templates
	@$(READY) --dev sh -ec '\
		$(BIN)/ruff check .; \
		$(BIN)/ruff format --check .; \
		$(BIN)/mypy; \
		$(BIN)/lint-imports; \
		$(BIN)/djlint trendsite --check --lint --quiet'

format: ## Bring everything into the project's style
	@$(READY) --dev sh -ec '$(BIN)/ruff check --fix .; $(BIN)/ruff format .; $(BIN)/djlint trendsite --reformat --quiet'

bench: ## Measure everything in about 35 minutes; BENCH="latency --short" measures less
	@$(READY) --dev $(BIN)/python -m benchmarks $(BENCH)

torture: ## Kill, freeze and fill for MINUTES (10), or once under SEED, on DATA; compare every count
	@$(READY) --dev $(BIN)/python -m tests.torture $(SEED:%=--seed %) $(MINUTES:%=--minutes %) $(DATA:%=--data %)

screenshot: ## Take docs/board.png, the README's picture, anew; needs Chromium
	@$(READY) --dev $(BIN)/python -m tests.trendsite.screenshot

backfill: ## Count recordings, FILES="a.ndjson.gz b.zst", and archive their days; OPTIONS="--source NAME --replace"
	@$(READY) $(BIN)/python manage.py backfill $(FILES) $(OPTIONS)

status: ## Show the processes of the running Trendsite
	@$(READY) $(BIN)/python -m launch.control status

password: ## Set a new password for admin
	@$(READY) $(BIN)/python manage.py changepassword admin

clean: ## Remove .venv and what checks left behind; counts and logs stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
