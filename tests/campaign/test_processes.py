"""What the campaign takes for a traceback of ours."""

import pytest

from tests.campaign.processes import is_traceback_of_ours

HEAD = "Traceback (most recent call last):"
USERS = '  File "/tmp/campaign-1/users.py", line 14, in list'
OURS = '  File "/src/harness/load/http/request.py", line 194, in _checked'
LOCUST = '  File "/venv/locust/user/task.py", line 363, in run'


@pytest.mark.parametrize(
    ("lines", "is_ours"),
    [
        ((HEAD, LOCUST, "    self.execute_next_task()", USERS, "    {}[0]", "KeyError: 0"), False),
        ((HEAD, USERS, "    self.client.get()", OURS, "    names[key]", "KeyError: 0"), True),
        (
            (
                HEAD,
                USERS,
                "    self.client.get()",
                OURS,
                '    raise ValueError("header")',
                "ValueError: header",
            ),
            False,
        ),
        ((HEAD, LOCUST, "    run()", OURS, '    raise ValueError("header")', "ValueError: header"), True),
        (
            (
                HEAD,
                USERS,
                "    get()",
                OURS,
                "    n[0]",
                "KeyError: 0",
                "during",
                HEAD,
                USERS,
                "    f()",
                "E",
            ),
            True,
        ),
        (("the run has ended and is judged",), False),
    ],
)
def test_a_traceback_is_ours_unless_the_load_test_raised_it_or_was_refused_on_purpose(lines, is_ours):
    assert is_traceback_of_ours("\n".join(lines)) == is_ours
