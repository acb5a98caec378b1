"""One command makes a release, and anybody can build the same bytes again."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHANGELOG = "# Changelog\n\n## 0.2.0 - unreleased\n\n- New.\n\n## 0.1.0 - 2025-11-30\n"
PYPROJECT = '[project]\nname = "shop"\nversion = "0.1.0"\n\n[tool]\nversion = "9"\n'


@pytest.fixture(scope="module")
def release():
    spec = importlib.util.spec_from_file_location("release", ROOT / "scripts/release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def git(root, *arguments):
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(["git", *author, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


def test_a_release_has_its_version_and_its_day_in_a_tagged_commit(release, checkout):
    assert release.make("0.2.0", "2026-01-13", checkout) == "v0.2.0"
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "tag", "--points-at", "HEAD") == "v0.2.0"
    assert "## 0.2.0 - 2026-01-13\n" in git(checkout, "show", "v0.2.0:CHANGELOG.md") + "\n"
    assert git(checkout, "show", "v0.2.0:pyproject.toml") + "\n" == PYPROJECT.replace("0.1.0", "0.2.0")


@pytest.mark.parametrize(
    ("version", "says"), [("0.3.0", "no section `## 0.3.0 - unreleased`"), ("two", "three numbers")]
)
def test_what_the_changelog_does_not_tell_is_not_released(release, checkout, version, says):
    with pytest.raises(release.ReleaseError, match=says):
        release.make(version, "2026-01-13", checkout)
    assert git(checkout, "status", "--porcelain") == ""


def test_changes_that_are_not_committed_are_not_released(release, checkout):
    (checkout / "pyproject.toml").write_text("")
    with pytest.raises(release.ReleaseError, match="commit them first"):
        release.make("0.2.0", "2026-01-13", checkout)


def test_the_same_commit_gives_the_same_bytes_whoever_builds_it(release, tmp_path, monkeypatch):
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this tree is no checkout")
    built = []
    for who in ("first", "second"):
        monkeypatch.setenv("HOME", str(tmp_path / who))
        built.append(release.build("HEAD", tmp_path / who))
    assert [path.suffix for path in built[0]] == [".whl", ".gz"]
    for first, second in zip(*built, strict=True):
        assert first.read_bytes() == second.read_bytes()
