"""nginx: a `split_clients` block in a file of its own, read again by a reload.

See ngx_http_split_clients_module: percentages have at most two decimals.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from harness.plan.model import Command
from harness.plan.router import Nginx
from harness.record.files.replace import replace_text
from harness.rollout.command import run_command
from harness.rollout.routers.router import RouterError

_RELOADS_WITHIN_S = 30.0
_WRITTEN = re.compile(r"^\s*(?:(?P<percent>\d+(?:\.\d\d?)?)%|\*)\s+canary;", re.MULTILINE)


class NginxRouter:
    """An nginx that includes the file."""

    def __init__(self, settings: Nginx) -> None:
        self._file = Path(settings.file)
        self._variable = settings.variable
        self._reload = Command(command=settings.reload, timeout_s=_RELOADS_WITHIN_S)

    def set_weight(self, stage: str, weight: Fraction) -> None:
        """Write the file and have nginx read it; where nginx refuses, the file is put back."""
        before = self._file.read_text(encoding="utf-8") if self._file.exists() else None
        self._write(split_block(self._variable, weight))
        ran = run_command(self._reload, {})
        if ran.problem is not None:
            if before is not None:
                self._write(before)
            raise RouterError(f"nginx was not reloaded: {ran.problem}. {ran.output[-300:]}".strip())

    def verify(self) -> Fraction | None:
        """Return the weight the file has."""
        try:
            text = self._file.read_text(encoding="utf-8")
        except OSError as error:
            raise RouterError(f"{self._file}: {error.strerror}") from None
        written = _WRITTEN.search(text)
        if written is None:
            return Fraction(0)
        return Fraction(1) if written["percent"] is None else Fraction(written["percent"]) / 100

    def _write(self, text: str) -> None:
        try:
            replace_text(self._file, text)
        except OSError as error:
            raise RouterError(f"{self._file}: {error.strerror}") from None


def split_block(variable: str, weight: Fraction) -> str:
    """Write the block; raises RouterError for a weight finer than 0.01 %."""
    hundredths = 10_000 * weight
    if hundredths.denominator != 1:
        raise RouterError(f"nginx splits in steps of 0.01%, and {weight} is not one of them")
    # 0 % and 100 % need no split, and nginx refuses `0%`.
    if weight in (0, 1):
        shares = f"    * {'canary' if weight else 'baseline'};\n"
    else:
        percent = f"{int(hundredths) // 100}.{int(hundredths) % 100:02d}"
        shares = f"    {percent}% canary;\n    * baseline;\n"
    return f'split_clients "$request_id" ${variable} {{\n{shares}}}\n'
