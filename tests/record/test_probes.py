import typing

import pytest

from harness.record.probes import PROBES, AlertsProbe, GeneratorProbe, HealthProbe, Probe
from tests.record.samples import sample_of

CLASSES = typing.get_args(Probe)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_probe_is_read_back_as_it_was_written(kind):
    probe = sample_of(kind)
    assert PROBES.parse(PROBES.line_of(probe)) == probe


def test_what_a_failed_probe_could_not_see_is_null():
    probe = HealthProbe(t_s=1.0, variant="canary", ok=False, status=None, latency_s=None, error="refused")
    line = PROBES.line_of(probe)
    assert b'"status":null,"latency_s":null,"error":"refused"' in line
    assert PROBES.parse(line) == probe


@pytest.mark.parametrize("field", ["stage", "interval_s", "due", "backlog", "cpu", "memory_bytes"])
def test_a_probe_without_one_of_its_fields_is_refused(field):
    line = PROBES.line_of(sample_of(GeneratorProbe)).replace(f'"{field}"'.encode(), b'"other"')
    with pytest.raises(ValueError, match=f"kind 'generator', field '{field}': Field required"):
        PROBES.parse(line)


def test_alerts_are_a_list_of_names():
    line = PROBES.line_of(sample_of(AlertsProbe, firing=("HighErrorRate",))).replace(b'"HighErrorRate"', b"1")
    with pytest.raises(ValueError, match=r"kind 'alerts', field 'firing\.0': Input should be a valid string"):
        PROBES.parse(line)
