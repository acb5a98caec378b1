import pytest

from harness.plan.yaml.variables import tells_no_secret


@pytest.mark.parametrize(
    "text",
    [
        "${TOKEN}",
        "${HTTPS_PROXY:-}",
        "Bearer ${TOKEN}",
        "${USER}:${PASSWORD}",
        "session=${ID}; key=${KEY}",
        'Token token="${TOKEN}"',
        "ApiKey ${ID}:${KEY}",
        "http://me:${PASSWORD}@proxy.example:3128",
        "http://${USER}:${PASSWORD}@${HOST}:${PORT}/",
        "http://${LOGIN}@[::1]:3128",
        "mailto://${USER}:${PASSWORD}@mail.example",
    ],
)
def test_a_secret_that_is_all_in_variables_is_told_by_their_names(text):
    assert tells_no_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bearer s3cr3t",
        "Bearer s3cr3t${TOKEN}",
        "v1.${TOKEN}",
        "${TOKEN:-s3cr3t}",
        "session=s3cr3t; key=${KEY}",
        "s3cr3t ${KEY} s3cr3t",
        "$${TOKEN}",
        "http://me:s3cr3t@proxy.example",
        "http://me:s3cr3t${PASSWORD}@proxy.example",
        "http://s3cr3t@${HOST}:3128",
        "http://${USER}:${PASSWORD}@proxy.example/s3cr3t",
        "https://hooks.example/s3cr3t/${TOKEN}",
        "slack://s3cr3t/${B}/${C}",
    ],
)
def test_what_else_stands_beside_a_variable_may_be_a_part_of_the_secret(text):
    assert not tells_no_secret(text)
