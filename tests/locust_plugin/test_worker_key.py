from tests.locust_plugin.child import run_tests_in_child


def test_whatever_other_machines_reach_needs_a_key():
    run_tests_in_child("worker_key_child.py")
