"""Folders of `PYTHONPATH` that are relative to the working directory, and so lead to wherever a verb is run.

`PYTHONPATH=$PYTHONPATH:/lib` has an empty entry where the variable was empty, which is the working directory:
perhaps a run directory somebody sent us, and a `numpy.py` in it would be code of theirs.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping, MutableSequence
from pathlib import Path
from typing import Final

VARIABLE: Final = "PYTHONPATH"


def leave_out_relative_folders(path: MutableSequence[str], environment: MutableMapping[str, str]) -> None:
    """Take them off the module path of this process, and of its children.

    Python itself and what starts it have come from there before, as with any program.
    """
    entries = environment.get(VARIABLE, "").split(os.pathsep)
    kept = [entry for entry in entries if Path(entry).is_absolute()]
    if len(kept) == len(entries) or not environment.get(VARIABLE):
        return
    left_out = {Path(entry).resolve() for entry in entries} - {Path(entry).resolve() for entry in kept}
    path[:] = [entry for entry in path if Path(entry).resolve() not in left_out]
    if kept:
        environment[VARIABLE] = os.pathsep.join(kept)
    else:
        del environment[VARIABLE]
