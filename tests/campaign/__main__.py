"""`python -m tests.campaign`: play the campaign and print what held; exit 1 when a promise did not."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator

from tests.campaign.campaign import Tried, cases, play, play_all, tally
from tests.campaign.fault import Breach

_SHOWN = 20
_SAID = 1_500


def main() -> int:
    """Play, print, and say by the exit code whether every promise held."""
    options = _options()
    if options.again:
        family, seed = options.again
        tried = [play(family, int(seed))]
    else:
        chosen = cases(options.cases, options.processes, options.seed)
        if options.only:
            chosen = [case for case in chosen if case[0] == options.only]
        tried = list(_with_progress(play_all(chosen, options.at_once), len(chosen)))
    broken = [one for one in tried if one.breaches]
    print("\n".join(_table(tried)))
    for one in broken[:_SHOWN]:
        names = ", ".join(one.breaches)
        print(f"\n{names}: {one.fault}\n  again: python -m tests.campaign --again {one.family} {one.seed}")
        print("  " + one.said.strip()[-_SAID:].replace("\n", "\n  "))
    if len(broken) > _SHOWN:
        print(f"\nand {len(broken) - _SHOWN:,} more")
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="faults played in process")
    parser.add_argument("--processes", type=int, default=60, help="faults played with real processes")
    parser.add_argument("--seed", type=int, default=1, help="another seed plays other faults")
    parser.add_argument("--only", help="one family")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="processes that play")
    parser.add_argument("--again", nargs=2, metavar=("FAMILY", "SEED"), help="play one fault again")
    return parser.parse_args()


def _with_progress(tried: Iterable[Tried], whole: int) -> Iterator[Tried]:
    """Write on stderr how far it is, in a terminal only."""
    for number, one in enumerate(tried, 1):
        if sys.stderr.isatty():
            end = "\n" if number == whole else ""
            print(f"\r{number:,} of {whole:,} faults", end=end, file=sys.stderr, flush=True)
        yield one


def _table(tried: Iterable[Tried]) -> Iterator[str]:
    heads = ("faults in", "tried", *Breach)
    rows = [
        (family, *(f"{number:,}" for number in (of.tried, *(of.breaches[breach] for breach in Breach))))
        for family, of in tally(tried).items()
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join((row[0].ljust(widths[0]), *cells))


if __name__ == "__main__":
    sys.exit(main())
