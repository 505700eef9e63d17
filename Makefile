# The commands of the project; `make` alone lists them.
UV := $(or $(shell command -v uv),.local/uv/bin/uv)
RUN := $(UV) run --frozen
# The two workers are the threads; with more, small tables of Polars wait for one another.
WITHOUT_STACK := POLARS_MAX_THREADS=1 $(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder

# One large file may take more than uv's minute on a busy machine.
export UV_COMPILE_BYTECODE_TIMEOUT ?= 600
# Where it is set, each process that a test starts compiles all that it imports, and each run all
# tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help sync setup demo test proof check format vendor images up down clean

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

sync:
	@infra/setup.sh
	@$(UV) sync --frozen --quiet --compile-bytecode

setup: sync ## install what is missing: uv, Python and JVM parts, Java, Maven, Redis, PostgreSQL, Prometheus, Chromium
	@$(RUN) python -m infra

demo: setup ## the whole pipeline on this machine; SECONDS=60 ends by itself
	@$(RUN) wattstream demo $(if $(SECONDS),--seconds $(SECONDS))

test: setup ## unit tests, and integration tests against the real stack
	$(RUN) python -m infra test-java
	$(WITHOUT_STACK) tests/broker tests/sql tests/unit tests/browser tests/bills
	$(RUN) pytest tests/faults tests/integration

proof: setup ## all that is made up by chance, all faults; break jobs and bills, and see it found
	$(WITHOUT_STACK) --hypothesis-profile all tests/unit
	$(RUN) pytest -m proof

check: sync ## lint, format and types, of Python and Java; lint of JavaScript; what is deployed
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) oxlint --deny-warnings services/api/web
	$(RUN) hadolint infra/deploy/docker/Dockerfile
	$(RUN) pytest -q tests/unit/infra/deploy
	$(RUN) python -m infra check-java

format: sync ## lay out the code as `make check` wants it
	$(RUN) ruff check --fix --exit-zero --quiet .
	$(RUN) ruff format .
	$(RUN) python -m infra format-java

vendor: sync ## fetch again what others wrote for the page; needs npm
	@$(RUN) python -m infra vendor

images: ## build the container images; needs Docker with BuildKit, and nothing else
	docker compose --env-file infra/deploy/images.env -f infra/deploy/compose/build.yaml build

up: setup ## start the local stack: Kafka, Flink, stores, supervisor
	@$(RUN) wattstream up

down: sync ## stop them; data stays
	@$(RUN) wattstream down

clean: ## stop them and delete everything that is not in the repository's care, data too
	@if [ -x .venv/bin/wattstream ]; then .venv/bin/wattstream down; fi
	rm -rf .local .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis jobs/java/*/target
