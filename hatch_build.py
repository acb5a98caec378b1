"""With `HARNESS_COMPILE=1`, compiles the modules that run for each request; otherwise a build is pure Python.

`pyproject.toml` lists the modules and what compiles them. Without the variable nothing of that is needed.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILES = os.environ.get("HARNESS_COMPILE", "0") not in {"", "0"}
# Whatever is installed where it is built: `make check` sees to the types of the rest.
TYPES = ["--config-file=", "--strict-optional", "--ignore-missing-imports", "--follow-imports=silent"]


class CompilingHook(BuildHookInterface):
    """Puts a C extension beside each listed module, made of its source by mypyc."""

    def dependencies(self) -> list[str]:
        """Return what compiling needs."""
        return list(self.config["compiler"]) if COMPILES else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the source itself is what gets installed."""
        if not COMPILES or version == "editable":
            return
        # Installed by now, as `dependencies` asked.
        from mypyc.build import mypycify
        from setuptools import Distribution

        built = Path(tempfile.mkdtemp())
        files = [f"{name.replace('.', '/')}.py" for name in self.config["compiled"]]
        extensions = mypycify(
            [*TYPES, *files], opt_level="3", debug_level="0", target_dir=str(built / "c"), verbose=False
        )
        build = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = str(built / "lib"), str(built / "temp")
        build.ensure_finalized()
        build.run()
        build_data["pure_python"], build_data["infer_tag"] = False, True
        for library in (built / "lib").rglob("*.so"):
            build_data["force_include"][str(library)] = str(library.relative_to(built / "lib"))
