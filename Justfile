# Every task of the project; `just` alone lists them.

python := ".venv/bin/python"

# List the recipes
default:
    @just --list --unsorted

# Install everything into .venv, pinned
setup:
    test -x {{python}} || python3 -m venv .venv
    {{python}} -m pip install -q -c constraints.txt -e '.[dev]'

# Run the whole store on sample data, everything embedded
demo *options:
    .venv/bin/bookwheel demo {{options}}

# Serve HTTP against the configured database
serve *options:
    .venv/bin/bookwheel serve {{options}}

# Run the tests
test *options:
    {{python}} -m pytest {{options}}

# Everything that is checked without running: style, types, layers, docs
check:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    .venv/bin/lint-imports
    {{python}} -m pytest -q -n 0 tests/docs

# Measure speed: nothing for minutes, `full` for hours, `guard`, `peers`, `page`, or a NAME
bench *arguments:
    {{python}} -m benchmarks {{arguments}}

# Measure the quality of search and recommendations, and write docs/QUALITY.md's tables
quality *options:
    {{python}} -m benchmarks.quality {{options}}

# Format the code
format:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# Pin the dependencies anew (needs uv)
pin:
    uv pip compile -q --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra dev --python-version 3.11 pyproject.toml -o constraints.txt
