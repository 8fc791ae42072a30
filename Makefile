# make demo   set up the base install and dance to the demo song: demo.mp4 and demo.bvh
# make test   set up everything and run the whole test suite
# make check  style, types, the direction of imports, and the viewer's template
# make smoke  train every phase and variant for a few steps, pack each and dance with it
# make bench  the speed tables

PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check
BASE = .venv
FULL = .venv-full

.PHONY: demo test check smoke bench clean

demo: $(BASE)/installed
	@$(BASE)/bin/ballo dance src/ballo/demo/song.mp3 --style waltz -o demo.mp4 -o demo.bvh
	@echo "Open $(CURDIR)/demo.mp4 in a player, $(CURDIR)/demo.bvh in Blender."

test: $(FULL)/installed
	$(FULL)/bin/python -m pytest -n 2 --dist loadfile

check: $(FULL)/installed
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/mypy
	$(FULL)/bin/lint-imports
	viewer/build.sh --check

smoke: $(FULL)/installed
	$(FULL)/bin/python scripts/smoke.py

bench: $(FULL)/installed
	$(FULL)/bin/python -m benchmarks

# What dances: numpy, onnxruntime, PyAV, soxr, Pillow, typer. No PyTorch.
$(BASE)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ballo needs Python 3.11 or newer: make PYTHON=python3.12 demo"; exit 1; }
	@echo "Setting up $(BASE): Python packages only, about 300 MB."
	@$(PYTHON) -m venv $(BASE)
	@$(BASE)/bin/python $(PIP) --constraint constraints.txt --editable .
	@touch $@

# What trains and tests as well. PyTorch goes first, at the release whose CPU build is known: a range could pull in CUDA.
$(FULL)/installed: pyproject.toml constraints.txt
	@echo "Setting up $(FULL): the above, PyTorch and the tools that check."
	@$(PYTHON) -m venv $(FULL)
	@$(FULL)/bin/python $(PIP) torch==2.13.0
	@$(FULL)/bin/python $(PIP) --constraint constraints.txt --editable '.[train,dev]'
	@touch $@

clean:
	rm -rf $(BASE) $(FULL) demo.mp4 demo.bvh dist .pytest_cache .mypy_cache .ruff_cache
