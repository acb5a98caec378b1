from pathlib import Path

import pytest

from harness.app.attest.cosign import CosignKey
from harness.app.attest.signer import AllowedSigners, SshKey, checker_of_options, signer_of_options
from harness.app.attest.signing_program import SigningError


def test_nobody_signs_unless_a_key_is_named():
    assert signer_of_options(None, None) is None
    assert signer_of_options(Path("gate-key"), None) == SshKey(Path("gate-key"))


def test_two_keys_are_refused():
    with pytest.raises(SigningError, match="not both"):
        signer_of_options(Path("a"), "b")


def test_who_checks_is_the_one_named():
    assert checker_of_options(Path("allowed"), None) == AllowedSigners(Path("allowed"))
    assert checker_of_options(None, "gate.pub") == CosignKey("gate.pub")


def test_the_signatures_of_both_kinds_lie_beside_each_other():
    assert len({SshKey.signature_name, CosignKey.signature_name}) == 2
