from tests.locust_plugin.child import run_tests_in_child


def test_a_stranger_at_the_port_is_neither_heard_nor_able_to_end_the_run():
    run_tests_in_child("sealed_rpc_child.py")
