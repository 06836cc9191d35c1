# Every target builds what it needs. Without make: python -m zhaosheng_analysis report (or test, strip, benchmark).
PYTHON ?= python3
RUN := .venv/bin/python -m zhaosheng_analysis

.DEFAULT_GOAL := help
.PHONY: help report lab docs wheelhouse test strip benchmark demo fuzz clean

help: ## say what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -m zhaosheng_analysis.bootstrap && touch $@

report: .venv/.installed ## write the early-warning reports of the demo districts to reports/
	@$(RUN) report

lab: .venv/.installed ## open the notebooks in JupyterLab, in Chinese, on the demo districts
	@$(RUN) lab

docs: .venv/.installed ## build the documentation (Chinese), with the notebooks' figures, to build/site
	@$(RUN) docs --figures

wheelhouse: .venv/.installed ## collect all that a computer without the internet needs to install it, in dist/wheelhouse
	@$(RUN) wheelhouse dist/wheelhouse

test: .venv/.installed ## run everything: lint, unit tests, notebooks, house rules, browser checks
	@$(RUN) test

strip: .venv/.installed ## clear the notebooks, but for the cells marked # NBVAL_CHECK_OUTPUT
	@$(RUN) strip

demo: .venv/.installed ## make the demo districts in geodata/ anew
	@$(RUN) demo geodata

fuzz: .venv/.installed ## damage towns, rule files and draws at random for an hour, then kill 200 runs
	@FUZZ_SECONDS=3600 .venv/bin/python -m pytest -q -n 0 tests/fuzz tests/classes/test_papers.py tests/lottery/test_commitments.py
	@.venv/bin/python -m tests.fuzz.injections
	@.venv/bin/python -m tests.fuzz.kills 200

benchmark: .venv/.installed ## print the benchmark tables (reads ZHAOSHENG_BENCH_DATA where it is set)
	@$(RUN) benchmark

clean: ## remove the environment and what was made
	rm -rf .venv .pytest_cache .ruff_cache build dist
