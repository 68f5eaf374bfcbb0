"""Bunko's benchmarks. They run what is compiled already, as on a reader's machine."""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
