# Bare `just` lists these. Every recipe only calls run.py or the environment it made.

_list:
    @just --list --unsorted

# Make the environment: everything that check needs
setup:
    python3 run.py setup dev

# What CI runs: tests, lint, types, arrows
check:
    python3 run.py test

# Some tests: just test tests/db -k pooler
test *ARGS:
    python3 run.py test {{ARGS}}

# Lint, format, types and arrows alone
lint:
    python3 run.py test tests/test_house.py

# Put the code into the house format
format: setup
    .venv/bin/python -m ruff format .
    .venv/bin/python -m ruff check --fix .

# The whole story on a throw-away database
demo:
    python3 run.py demo

# The review desk in the browser
serve *ARGS:
    python3 run.py desk {{ARGS}}

# Measurements, each with its result checked
bench *ARGS:
    python3 run.py bench {{ARGS}}

# Make docs/reference from the code
docs: setup
    .venv/bin/python docs/make_reference.py

# Write the locks anew; needs uv and a network
lock:
    uv pip compile pyproject.toml --group build {{_lock}} -o requirements.lock
    uv pip compile pyproject.toml --group build --group dev {{_lock}} -c requirements.lock -o requirements-dev.lock
    uv pip compile pyproject.toml --extra browser {{_lock}} -c requirements-dev.lock -o requirements-browser.lock
    uv pip compile --group node {{_lock}} -o requirements-node.lock

# Versions and hashes for every platform, and no word on where they came from
_lock := "--quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate"
