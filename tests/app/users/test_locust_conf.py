from pathlib import Path

import pytest

from harness.app.users.locust_conf import value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plan = a.yaml\n", "a.yaml"),
        ("--plan='a b.yaml'\n", "a b.yaml"),
        ("# plan = a.yaml\nplans = b.yaml\nplan =\n", None),
        ("plan a.yaml\n", None),
    ],
)
def test_a_value_stands_after_its_key(tmp_path, monkeypatch, text, value):
    monkeypatch.chdir(tmp_path)
    assert value_of("plan") is None
    Path("locust.conf").write_text(text)
    assert value_of("plan") == value
