#!/bin/sh
# Every check, in the order in which they fail fastest. `make test` calls it after setting up.
set -eu
bin=.venv/bin
$bin/ruff format --check .
$bin/ruff check .
$bin/mypy
sh tests/browser.sh
exec $bin/python -m pytest -n auto "$@"
