from tests.locust_plugin.child import run_tests_in_child


def test_what_a_listener_raises_is_named_once_and_ends_only_its_own_start():
    run_tests_in_child("listeners_child.py")
