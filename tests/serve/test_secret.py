import pytest

from harness.serve.secret import VARIABLE, Secret, SecretError, read_secret, without_token


def test_the_token_comes_from_a_file_or_the_environment(tmp_path):
    (tmp_path / "token").write_text("a-token-of-some-length\n")
    assert read_secret(tmp_path / "token", {}).matches("a-token-of-some-length")
    assert read_secret(None, {"HARNESS_SERVE_TOKEN": "another-token-of-length"}).matches(
        "another-token-of-length"
    )


def test_no_token_a_short_one_or_an_unreadable_file_is_refused(tmp_path):
    (tmp_path / "short").write_text("short")
    (tmp_path / "binary").write_bytes(b"\xff" * 40)
    for file in (None, tmp_path / "short", tmp_path / "none", tmp_path / "binary"):
        with pytest.raises(SecretError):
            read_secret(file, {})


def test_only_the_whole_token_matches_and_it_does_not_show():
    secret = Secret("a-token-of-some-length")
    assert not any(secret.matches(given) for given in ("", "a-token", "a-token-of-some-length ", "\ud800"))
    assert "a-token" not in repr(vars(secret))


def test_no_child_is_given_the_token():
    assert without_token({VARIABLE: "0123456789abcdef", "HOME": "/h"}) == {"HOME": "/h"}
