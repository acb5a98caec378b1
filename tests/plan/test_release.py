"""What is released: as the plan says, and what the pipeline adds."""

import pytest

from harness.plan.release import Release, identified

GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "shop/tasks",
    "GITHUB_RUN_ID": "7",
    "GITHUB_SHA": "1f3c9e0",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
}
GITLAB = {"CI_COMMIT_SHA": "1f3c9e0", "CI_COMMIT_TAG": "v2", "CI_JOB_URL": "https://gitlab.example/jobs/7"}
JENKINS = {"GIT_COMMIT": "1f3c9e0", "BUILD_URL": "https://jenkins.example/job/7", "TAG_NAME": "v2"}


@pytest.mark.parametrize(
    ("environment", "version", "url"),
    [
        (GITHUB, None, "https://github.com/shop/tasks/actions/runs/7"),
        (
            {**GITHUB, "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v2"},
            "v2",
            "https://github.com/shop/tasks/actions/runs/7",
        ),
        (GITLAB, "v2", "https://gitlab.example/jobs/7"),
        (JENKINS, "v2", "https://jenkins.example/job/7"),
        ({}, None, None),
    ],
    ids=["github", "github tag", "gitlab", "jenkins", "none"],
)
def test_a_pipeline_names_the_commit_and_the_build(environment, version, url):
    found = identified(None, environment)
    assert (found.get("version"), found.get("url")) == (version, url)
    assert found.get("commit") == ("1f3c9e0" if environment else None)


def test_what_the_plan_says_comes_first():
    assert identified(Release(version="v3", image="tasks:v3"), GITLAB) == {
        "version": "v3",
        "commit": "1f3c9e0",
        "url": "https://gitlab.example/jobs/7",
        "image": "tasks:v3",
    }


def test_a_variable_that_nobody_could_print_is_left_out():
    assert identified(None, {"GIT_COMMIT": "a\x1b[2J", "BUILD_URL": "x" * 301}) == {}
