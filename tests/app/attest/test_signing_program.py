import pytest

from harness.app.attest.signing_program import SigningError, SigningProgram


def program(name, within_s=10.0):
    return SigningProgram(name, "install it", within_s)


def test_a_program_reads_the_text_and_its_output_is_returned():
    assert program("cat").run([], "cannot sign", "a statement") == "a statement"


def test_a_program_that_fails_tells_the_problem_and_the_last_line_of_its_reason():
    with pytest.raises(SigningError, match=r"^cannot sign: the reason$"):
        program("sh").run(["-c", "echo first >&2; echo the reason >&2; exit 3"], "cannot sign")


def test_a_program_that_fails_without_a_word_says_so():
    with pytest.raises(SigningError, match=r"^cannot sign: no reason given$"):
        program("false").run([], "cannot sign")


def test_a_program_that_is_missing_is_named_with_what_to_do():
    with pytest.raises(SigningError, match=r"^no-such-signer is missing; install it$"):
        program("no-such-signer").run([], "cannot sign")


def test_a_program_that_never_ends_is_given_up():
    with pytest.raises(SigningError, match=r"^cannot sign: sleep took longer than 0.1 s$"):
        program("sleep", within_s=0.1).run(["60"], "cannot sign")
