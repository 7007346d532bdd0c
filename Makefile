# `make lab` and `make test` set up what they need the first time; afterwards they
# start at once, until requirements.txt or pyproject.toml changes. TORCH=cpu, cuda or
# default chooses PyTorch's build; without it, the machine does.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PEERS := $(VENV)/peers
JOBS ?= 2

lab: $(VENV)/ready  ## open JupyterLab on your desk
	$(BIN)/course lab

# Notebooks run side by side, each on one thread: two threads on the small
# networks of the course gain less than a second notebook does. In the order they
# are found, the short files come last, so that no process has to wait for another.
# Offline, lesson 10 takes the built-in shapes and doesn't download 170 MB.
test: $(VENV)/all  ## helper tests and every notebook: make test JOBS=4
	OMP_NUM_THREADS=1 COURSE_OFFLINE=1 $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What an author wants to know at once: format, helpers, tools, what is generated.
check: $(VENV)/all lint  ## the tests without notebooks, browsers and sandboxes
	OMP_NUM_THREADS=1 COURSE_OFFLINE=1 $(BIN)/pytest -q -n $(JOBS) tests \
	  -m "not (notebook or browser or nbgrader or sandbox)"

run: $(VENV)/all  ## execute lessons and store their outputs: make run LESSON=03
	$(BIN)/course run $(LESSON)

grade-demo: $(VENV)/all  ## grade a made-up class
	$(BIN)/python tests/demo_class.py submissions
	$(BIN)/course grade submissions --key solutions/02_softmax_regression.py

site: $(VENV)/all  ## build the pages on the web and show them
	$(BIN)/course site --show

slides: $(VENV)/all  ## lessons as slides, in a browser: make slides LESSON=03
	$(BIN)/course slides $(or $(LESSON),--all) --open

pdf: $(VENV)/all  ## the whole course to print: build/course.pdf
	$(BIN)/course pdf

exercises: $(VENV)/all  ## exercises/ from solutions/
	$(BIN)/course exercises

# The peers that `fit` is measured against live in an environment of their own,
# which sees the packages of the course's.
bench: $(PEERS)/ready  ## measure speed and memory: tests/benchmarks/report.md
	$(PEERS)/bin/python tests/benchmarks

lint: $(VENV)/all
	$(BIN)/ruff check && $(BIN)/ruff format --check

$(VENV)/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The course needs Python 3.11 or later; this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m course_tools.install
	touch $@

$(VENV)/all: $(VENV)/ready
	$(BIN)/python -m course_tools.install --all
	touch $@

SITE = import sysconfig; print(sysconfig.get_path("purelib"))
$(PEERS)/ready: tests/benchmarks/requirements.txt $(VENV)/all
	$(BIN)/python -m venv $(PEERS)
	echo "import site; site.addsitedir('$$($(BIN)/python -c '$(SITE)')')" \
	  > $$($(PEERS)/bin/python -c '$(SITE)')/course.pth
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

.PHONY: lab test check run grade-demo site slides pdf exercises bench lint
