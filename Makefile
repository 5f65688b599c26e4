# The two commands are `make run` and `make test`; each sets up what is missing and is quick the second time.
.PHONY: run test setup test-setup lint types layers unit bench lock

run: setup
	.venv/bin/yantu

test: test-setup lint types layers unit

setup:
	@bash packaging/setup.sh

test-setup:
	@bash packaging/setup.sh tests

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: setup
	.venv/bin/mypy

layers: setup
	.venv/bin/lint-imports

unit: setup
	QT_QPA_PLATFORM=offscreen .venv/bin/python -m pytest -n 2 --dist loadfile

bench: setup
	.venv/bin/python -m tests.bench

# Rewrites the locked requirements with versions and hashes, and no index address.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet packaging/requirements.in -o packaging/requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet packaging/requirements-dev.in -o packaging/requirements-dev.txt
