import pytest

from harness.ci.load_process import NoLoadTest, locust_command


def test_the_directory_of_load_tests_is_named_where_nothing_else_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoLoadTest, match="`harness init` writes them"):
        locust_command("plan.yaml", ["one"], 1.0)
    (tmp_path / "loadtests").mkdir()
    assert locust_command("plan.yaml", ["one"], 2.0)[1:] == [
        *("-P", "-m", "harness.load", "--plan", "plan.yaml", "--time-scale", "2.0", "--stage", "one"),
        *("-f", "loadtests/"),
    ]
    (tmp_path / "locust.conf").touch()
    assert locust_command("plan.yaml", [], 1.0, ["--headless"])[-1] == "--headless"
    assert "-f" not in locust_command("plan.yaml", [], 1.0)
