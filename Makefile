# The two main commands are `make run` and `make test`. Both need Python 3.11 or newer and install the rest.

# The first of these that is new enough. .venv's own comes first, so a second start searches no further.
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

# Variables for another Python could keep ours from starting. launch removes those for other programs.
unexport $(filter-out PYTHONS PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX,$(filter PYTHON%,$(.VARIABLES)))

.PHONY: run test test-postgres test-redis containers lint format messages lock bench torture screenshot backfill demo-bluesky demo-mastodon demo-x status password backup restore upgrade sbom audit chart clean

run: ## Install what is missing and start everything; Ctrl-C stops it
	@$(READY) $(BIN)/python -m launch

test: ## Run every test
	@$(READY) --dev $(BIN)/python -m pytest -n 2

test-postgres: ## Run the tests that touch the database on a PostgreSQL of their own, which must be installed
	@$(READY) --dev $(BIN)/python -m tests.on_postgres

test-redis: ## Run the tests of what Redis does on the redis-server of PATH, or on SERVER=valkey-server
	@$(READY) --dev env TEST_REDIS_SERVER=$(or $(SERVER),redis-server) $(BIN)/python -m pytest -n 2 \
		tests/streaming/sink tests/trendsite/queries tests/trendsite/moderation tests/trendsite/trending

containers: ## Build the images and run every service in a container, killed once; needs root, podman and debootstrap
	@$(READY) --dev $(BIN)/python -m tests.containers

lint: ## Check style, types, the rules of who imports whom, and templates
	@$(READY) --dev sh -ec '\
		$(BIN)/ruff check .; \
		$(BIN)/ruff format --check .; \
		$(BIN)/mypy; \
		$(BIN)/lint-imports; \
		$(BIN)/djlint trendsite --check --lint --quiet'

format: ## Bring everything into the project's style
	@$(READY) --dev sh -ec '$(BIN)/ruff check --fix .; $(BIN)/ruff format .; $(BIN)/djlint trendsite --reformat --quiet'

messages: ## Bring trendsite/locale up to date with the marked texts, and make what the site reads of it
	@$(READY) --dev $(BIN)/python -m tests.translations

lock: ## Write locks/ anew after a change of requirements*.txt; versions that still fit stay
	@$(READY) --lock

bench: ## Measure everything in about 35 minutes; BENCH="latency --short" measures less
	@$(READY) --dev $(BIN)/python -m benchmarks $(BENCH)

torture: ## Kill, freeze and fill for MINUTES (10), or once under SEED, on DATA, with LOG=kafka, MASTER=cluster; compare every count
	@$(READY) --dev $(BIN)/python -m tests.torture $(SEED:%=--seed %) $(MINUTES:%=--minutes %) $(DATA:%=--data %) \
		$(LOG:%=--log %) $(MASTER:%=--master %)

screenshot: ## Take docs/board.png, the README's picture, anew; needs Chromium
	@$(READY) --dev $(BIN)/python -m tests.trendsite.screenshot

backfill: ## Count recordings, FILES="a.ndjson.gz b.zst", and archive their days; OPTIONS="--source NAME --replace"
	@$(READY) $(BIN)/python manage.py backfill $(FILES) $(OPTIONS)

demo-bluesky demo-mastodon demo-x: demo-%: ## Show the board with invented posts, sent by a stand-in of the network
	@$(READY) $(BIN)/python -m tests.standins $*

.PHONY: eb-bundle ec2-drill
eb-bundle: ## Write trendsite-eb.zip, the site for the Docker platform of Elastic Beanstalk
	@$(FIND_PYTHON); exec "$$python" docker/aws/eb/bundle.py

ec2-drill: ## Follow docker/aws/README.md in a new Debian with systemd, in about 10 minutes; needs root, podman, debootstrap
	@bash docker/aws/drill.sh

status: ## Show the processes of the running Trendsite
	@$(READY) $(BIN)/python -m launch.supervise status

password: ## Set a new password for admin
	@$(READY) $(BIN)/python manage.py changepassword admin

backup: ## Write what another machine needs to continue to BACKUP=FILE, or to backups/; ARCHIVE=0 leaves the archive out
	@$(READY) $(BIN)/python -m launch.backup $(BACKUP:%=--to "%") $(if $(filter 0,$(ARCHIVE)),--without-archive)

restore: ## Fill an empty DATA_DIR from BACKUP=FILE
	@$(READY) $(BIN)/python -m launch.restore "$(BACKUP)"

upgrade: ## Change to the version that `git fetch` brought, or to TO=TAG, and back if it does not run well; YES=1 does not ask
	@$(READY) $(BIN)/python -m launch.upgrade "$(TO)" $(if $(YES),--yes)

sbom: ## Write sbom.json: every package, jar and script that Trendsite is made of, as CycloneDX
	@$(READY) --dev $(BIN)/python -m tests.supply_chain sbom sbom.json

audit: ## Look for secrets in the tracked files and, where the service is reached, for known vulnerabilities
	@$(READY) --dev $(BIN)/python -m tests.supply_chain audit

chart: ## Make the site's copy of Chart.js anew, which can draw bars only; needs npm
	@$(READY) --dev $(BIN)/python -m tests.supply_chain.chart

clean: ## Remove .venv and what checks left behind; counts and logs stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
