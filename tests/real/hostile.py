"""A directory full of what would run as code, were it imported from, or hang and change what reads it."""

import os
import subprocess
import sys
from pathlib import Path

MODULES = (
    "numpy", "scipy", "json", "harness", "encodings", "sitecustomize", "usercustomize", "matplotlib", "rich",
    "click", "locust", "gevent", "hdrh", "pyhdrh", "orjson", "pydantic", "ruamel", "jinja2", "typing",
)  # fmt: skip


def plant(directory):
    """Fill a directory with modules that leave a mark when they are imported; return the mark's path."""
    mark = directory.parent / "executed"
    for name in MODULES:
        (directory / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r} + chr(10))\n")
    os.mkfifo(directory / "matplotlibrc")
    return mark


def harness(directory, *words, within_s=60, **environment):
    """Run `harness` as it is installed, in a directory; return what it did."""
    return subprocess.run(
        [Path(sys.executable).with_name("harness"), *words],
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
