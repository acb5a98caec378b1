import gevent
import pytest
from gevent.event import Event

from harness.load.locust.start_up import AT_ONCE, StartUp


class Shop:
    """Stands for a class of users."""


def on_their_way(start_up, user, n=1):
    greenlets = []
    for _ in range(n):
        with start_up.creation(Shop):
            greenlets.append(gevent.spawn(user))
    start_up.all_spawned()
    return greenlets


def test_the_load_waits_for_every_login_and_few_go_on_at_once():
    start_up, now, most, done = StartUp(lambda: 0.0), 0, 0, 0

    def user():
        nonlocal now, most, done
        with start_up.login(Shop):
            now += 1
            most = max(most, now)
            gevent.sleep(0.001)
            now -= 1
            done += 1

    on_their_way(start_up, user, 40)
    assert start_up.wait() is None
    assert (done, most) == (40, AT_ONCE)


@pytest.mark.parametrize("error", [KeyError("token"), SystemExit(1), gevent.Timeout(1)])
def test_a_login_that_raises_is_named_with_its_line(error):
    start_up = StartUp(lambda: 0.0)

    def user():
        with start_up.login(Shop):
            raise error

    on_their_way(start_up, user)
    problem = start_up.wait()
    assert problem.startswith(f"Shop.on_start raised {type(error).__name__}: ")
    assert "(start_up_child.py:" in problem


def test_a_creation_that_raises_is_named_and_breaks_nothing_else():
    start_up = StartUp(lambda: 0.0)

    def spawning():
        with start_up.creation(Shop):
            {}["missing"]

    gevent.spawn(spawning)
    assert start_up.wait().startswith("Shop.__init__ raised KeyError: 'missing' (start_up_child.py:")


def test_users_that_were_created_are_waited_for_before_their_login_begins():
    start_up, begins = StartUp(lambda: 0.0), Event()

    def user():
        begins.wait()
        with start_up.login(Shop):
            pass

    on_their_way(start_up, user)
    waiting = gevent.spawn(start_up.wait)
    gevent.sleep(0.2)
    assert not waiting.ready()
    begins.set()
    assert waiting.get(timeout=5) is None


def test_a_login_that_never_ends_is_named_with_the_line_where_it_waits():
    now_s = 0.0
    start_up = StartUp(lambda: now_s, within_s=30)

    def user():
        with start_up.login(Shop):
            gevent.sleep(1e6)

    on_their_way(start_up, user)
    gevent.sleep(0.01)
    now_s = 31.0
    assert start_up.wait().startswith("Shop.on_start has not ended after 30 s (start_up_child.py:")


def test_users_that_are_added_later_fail_as_locust_has_it():
    start_up = StartUp(lambda: 0.0)
    start_up.all_spawned()
    assert start_up.wait() is None
    with pytest.raises(KeyError), start_up.login(Shop):
        {}["missing"]
