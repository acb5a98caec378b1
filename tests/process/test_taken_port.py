import errno

import pytest

from harness.process.taken_port import cannot_listen


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EADDRINUSE, "Address already in use: ('127.0.0.1', 9646)"), "address already in use"),
        (OSError(errno.EACCES, "Permission denied"), "permission denied"),
        (OSError("no such host"), "no such host"),
    ],
)
def test_a_port_that_is_taken_is_named_with_the_reason_and_the_option_for_another(error, reason):
    said = cannot_listen("port 9646", error, "--metrics-port")
    assert said == f"cannot listen on port 9646: {reason}; choose another port with --metrics-port"
