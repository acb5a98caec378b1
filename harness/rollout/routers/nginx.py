"""nginx: a `split_clients` block in a file of its own, read again by a reload.

See ngx_http_split_clients_module: percentages have at most two decimals.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from harness.plan.model import Command
from harness.plan.router import Nginx
from harness.plan.variant import Shares, Variant
from harness.record.files.replace import replace_text
from harness.rollout.command import run_command
from harness.rollout.routers.router import RouterError

_RELOADS_WITHIN_S = 30.0
_ORDER = (Variant.CANARY, Variant.CONTROL, Variant.BASELINE)
_WRITTEN = re.compile(
    rf"^\s*(?:(?P<percent>\d+(?:\.\d\d?)?)%|\*)\s+(?P<variant>{'|'.join(Variant)});", re.MULTILINE
)


class NginxRouter:
    """An nginx that includes the file."""

    def __init__(self, settings: Nginx) -> None:
        self._file = Path(settings.file)
        self._variable = settings.variable
        self._reload = Command(command=settings.reload, timeout_s=_RELOADS_WITHIN_S)

    def steps(self) -> Sequence[str]:
        """Return the file and the command that makes nginx read it."""
        return f"write {self._file}", f"run {shlex.join(self._reload.command)}"

    def set_shares(self, stage: str, shares: Shares) -> None:
        """Write the file and have nginx read it; where nginx refuses, the file is put back."""
        before = self._file.read_text(encoding="utf-8") if self._file.exists() else None
        self._write(split_block(self._variable, shares))
        ran = run_command(self._reload, {})
        if ran.problem is not None:
            if before is not None:
                self._write(before)
            raise RouterError(f"nginx was not reloaded: {ran.problem}. {ran.output[-300:]}".strip())

    def verify(self) -> Shares | None:
        """Return the shares the file has."""
        try:
            text = self._file.read_text(encoding="utf-8")
        except OSError as error:
            raise RouterError(f"{self._file}: {error.strerror}") from None
        return shares_in(text)

    def _write(self, text: str) -> None:
        try:
            replace_text(self._file, text)
        except OSError as error:
            raise RouterError(f"{self._file}: {error.strerror}") from None


def split_block(variable: str, shares: Shares) -> str:
    """Write the block; raises RouterError for a share finer than 0.01 %."""
    # nginx refuses `0%`. The baseline gets the rest, or whoever is the last that gets something.
    *others, last = sorted((each for each in shares if shares[each]), key=_ORDER.index)
    lines = [f"    {_percent(shares[variant])}% {variant};\n" for variant in others]
    return f'split_clients "$request_id" ${variable} {{\n{"".join(lines)}    * {last};\n}}\n'


def shares_in(block: str) -> Shares:
    """Return the shares that a block has; a variant without a line gets nothing."""
    written = {each["variant"]: each["percent"] for each in _WRITTEN.finditer(block)}
    given = {Variant(name): Fraction(percent or 0) / 100 for name, percent in written.items()}
    rest = 1 - sum(given.values(), Fraction(0))
    return {variant: rest if written[variant] is None else share for variant, share in given.items()}


def _percent(share: Fraction) -> str:
    hundredths = 10_000 * share
    if hundredths.denominator != 1:
        raise RouterError(f"nginx splits in steps of 0.01%, and {share} is not one of them")
    return f"{int(hundredths) // 100}.{int(hundredths) % 100:02d}"
