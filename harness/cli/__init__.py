"""The `harness` command: verbs without logic."""

import os
import sys

from harness.process.module_path import leave_out_relative_folders

# Before any verb imports a library.
leave_out_relative_folders(sys.path, os.environ)
