"""What is released: the version, commit, image and build that a run is about."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from harness.plan.yaml.part import Part

_Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
_GITHUB: Final = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
_VERSIONS: Final = ("CI_COMMIT_TAG", "TAG_NAME")
_COMMITS: Final = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")
_URLS: Final = ("CI_JOB_URL", "BUILD_URL")
_MAX_CHARACTERS: Final = 300


class Release(Part):
    """The release; what the plan leaves out is taken from the variables of GitHub, GitLab or Jenkins."""

    version: _Text | None = Field(default=None, description="its version", examples=["v2.3.1"])
    commit: _Text | None = Field(
        default=None, description="the commit it was built from", examples=["1f3c9e0"]
    )
    image: _Text | None = Field(
        default=None, description="its container image", examples=["registry.example/tasks:v2.3.1"]
    )
    url: _Text | None = Field(
        default=None, description="where its build can be looked at", examples=["https://ci.example/builds/7"]
    )


def identified(release: Release | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of a release: what the plan says, and what the pipeline's variables add."""
    said = {} if release is None else release.model_dump(exclude_none=True)
    return {**_of_pipeline(environment), **said}


def _of_pipeline(environment: Mapping[str, str]) -> dict[str, str]:
    is_tag = environment.get("GITHUB_REF_TYPE") == "tag"
    found = {
        "version": environment.get("GITHUB_REF_NAME") if is_tag else _first(_VERSIONS, environment),
        "commit": _first(_COMMITS, environment),
        "url": _first(_URLS, environment),
    }
    if all(environment.get(name) for name in _GITHUB):
        server, repository, run = (environment[name] for name in _GITHUB)
        found["url"] = f"{server}/{repository}/actions/runs/{run}"
    return {
        key: text
        for key, text in found.items()
        if text and text.isprintable() and len(text) <= _MAX_CHARACTERS
    }


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)
