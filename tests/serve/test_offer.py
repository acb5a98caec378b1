import pytest

from harness.plan.loader import PlanError
from harness.serve.offer import OfferError, read_offers
from harness.serve.secret import Secret, SecretError, read_secret
from tests.real.runs import plan


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(plan())
    return path


def test_a_plan_or_a_stage_of_it_is_offered_under_a_name(path):
    offers = read_offers([f"all={path}", f"first={path}#one"])
    assert [(offer.name, offer.plan, offer.stages) for offer in offers.values()] == [
        ("all", path, ()),
        ("first", path, ("one",)),
    ]


@pytest.mark.parametrize("word", ["plan.yaml", "=plan.yaml", "a b=plan.yaml", "../x=plan.yaml", "a="])
def test_a_word_that_offers_nothing_is_refused(word):
    with pytest.raises(OfferError, match="write NAME=PLAN"):
        read_offers([word])


def test_a_name_offered_twice_or_a_stage_that_is_not_there_is_refused(path):
    with pytest.raises(OfferError, match="twice"):
        read_offers([f"a={path}", f"a={path}"])
    with pytest.raises(PlanError, match="did you mean"):
        read_offers([f"a={path}#onne"])


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


def test_only_the_whole_token_fits_and_it_does_not_show():
    secret = Secret("a-token-of-some-length")
    assert not any(secret.matches(given) for given in ("", "a-token", "a-token-of-some-length ", "\ud800"))
    assert "a-token" not in repr(vars(secret))
