from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _children_can_import_the_tests(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
