"""`harness init --from-…`: the first load test of a service, made of what is known about it."""

from __future__ import annotations

from pathlib import Path

from harness.app.first_test.from_har import from_har
from harness.app.first_test.from_log import from_log
from harness.app.first_test.from_openapi import from_openapi
from harness.app.first_test.write import write_first_test


def first_test(
    directory: Path,
    log: Path | None,
    log_format: str | None,
    archive: Path | None,
    description: Path | None,
    target: str | None,
) -> list[Path]:
    """Write it from the one file that is given; `log_format` is nginx's, where it is not recognized.

    Raises StarterError, UnknownTraffic, PastLogError, PlanError and VariationError.
    """
    if log is not None:
        traffic = from_log(log, log_format)
    elif archive is not None:
        traffic = from_har(archive)
    else:
        assert description is not None  # the command has checked
        traffic = from_openapi(description)
    return write_first_test(directory, traffic, target)
