from tests.locust_plugin.child import run_tests_in_child


def test_an_end_that_takes_too_long_is_named_and_cut_short():
    run_tests_in_child("end_deadline_child.py")
