# Two commands do everything: `make run` and `make test`. Both set up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test setup lint clean

run: $(READY)
	@$(BIN)/outspoken run

test: $(READY)
	@sh tests/check.sh

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@sh tests/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $(READY)

lint: $(READY)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(BIN)/mypy

clean:
	rm -rf $(VENV) .boot build *.egg-info .mypy_cache .ruff_cache .pytest_cache
