"""Makes a Locust user wait for arrivals, whichever client its tasks use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from random import random
from typing import Any, NoReturn

import gevent
from gevent import GreenletExit, getcurrent
from locust import User
from locust.env import Environment
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    ResponseError,
    StopTest,
    StopUser,
)
from locust.runners import STATE_RUNNING, STATE_SPAWNING
from locust.user.task import (
    LOCUST_STATE_RUNNING,
    LOCUST_STATE_STOPPING,
    LOCUST_STATE_WAITING,
    DefaultTaskSet,
    TaskSet,
)
from locust.user.users import UserMeta

from harness.load.arrival import Arrival
from harness.load.blame import Blame, BlameRules, mistake_in, mistake_of
from harness.load.generator import Generator
from harness.load.locust.start_up import start_up_of
from harness.plan.variant import Variant
from harness.record.histograms.account import VARIANTS
from harness.record.histograms.window import LiveWindow

LOCUST_RULES = BlameRules(
    control_flow=(InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser, StopTest),
    verdicts=(ResponseError,),
)
MAX_TASKS_WITHOUT_REQUEST = 50
"""How many tasks of one arrival may end without a request before it is dropped."""
_NO_TASK = "{} has no task: none has a weight above 0 and passes --tags and --exclude-tags"
_ACCEPTED_WITHIN_S = 30.0
# How many spawns away from a user's own greenlet its requests may be sent.
_MAX_GENERATIONS = 8
_GOES_ON = (STATE_SPAWNING, STATE_RUNNING)
_wait_by_wait_time: Callable[[TaskSet], None] = TaskSet.wait
_execute_as_locust_does: Callable[[TaskSet], None] = TaskSet.execute_next_task


class PacedMeta(UserMeta):
    """Follows the creation of a paced user, its own `__init__` included."""

    def __call__(cls, environment: Environment) -> Any:  # noqa: N805 - the instance of a metaclass
        """Create a user."""
        start_up = start_up_of(environment)
        with nullcontext() if start_up is None else start_up.creation(cls):
            return super().__call__(environment)


class Paced(User, metaclass=PacedMeta):
    """A user whose tasks run once per arrival of the plan's schedule; it waits for its next one in between.

    It belongs to one variant as long as it lives, and its logins, cookies and attributes with it: `host` is
    the address of that variant, `variant` its name. Behind a router, which decides for each request,
    `variant` is None. A `wait_time` is not used: all pauses between tasks are those of the schedule.
    """

    abstract = True
    arrival: Arrival
    """What the user is running; set by the subclass that knows how its requests are measured."""

    def __init__(self, environment: Environment) -> None:
        self._generator = generator_of(environment)
        self._pacer = self._generator.pacer
        key = self._generator.enlist(type(self))
        opens_ahead = self._generator.opens_ahead(key)
        self._lane = self._pacer.lane(key)
        self._bound_to = key.variant
        self.variant: Variant | None = None if key.variant is None else VARIANTS[key.variant]
        self._handed_on_due_s: float | None = None
        self._handed_on = 0
        self._max_handed_on = MAX_TASKS_WITHOUT_REQUEST
        # A client of its own is built in super().__init__ and needs the host.
        self.host = self.variant_host(key.variant or 0)
        super().__init__(environment)
        own_on_start = self.on_start

        def on_start() -> None:
            greenlet = self.arrival.runner = getcurrent()
            self._idle = self, greenlet.switch
            # What `TaskSet.wait` comes to for this user, on the hot path.
            assert self._taskset_instance is not None
            self._taskset_instance.wait = self.wait_for_arrival  # type: ignore[method-assign]
            start_up = start_up_of(environment)
            with nullcontext() if start_up is None else start_up.login(type(self)):
                own_on_start()
                if start_up is not None and not self.tasks:
                    start_up.fail(_NO_TASK.format(type(self).__name__))
                if opens_ahead:
                    self.get_ready()
            # Locust runs a task before its first wait.
            self.wait_for_arrival()

        own_on_stop = self.on_stop

        def on_stop() -> None:
            if environment.runner is not None and environment.runner.state in _GOES_ON:
                self.arrival.end()
                self._generator.dismiss(key)
            own_on_stop()  # type: ignore[no-untyped-call] # Locust's

        self.on_start = on_start  # type: ignore[method-assign] # subclasses may have their own
        self.on_stop = on_stop  # type: ignore[method-assign]

    def get_ready(self) -> None:
        """Prepare for the first arrival; a subclass opens its connection."""

    def variant_host(self, variant: int) -> str:
        """Return the address requests of a variant go to (0 is the baseline, 1 the canary, 2 the control)."""
        return self._generator.client_context.targets[variant].url.rstrip("/")

    def arrive(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin the arrival it runs next."""
        self.arrival.begin(due_s, variant, window)

    def next_arrival(self) -> Arrival:
        """Set and return a new arrival; requests under way still belong to the one before."""
        self.arrival = Arrival(self._generator.client_context.clock, self._bound_to or 0)
        return self.arrival

    def raised(self, error: Exception) -> None:
        """Record an exception that a task, or `on_start`, did not catch."""
        blame = LOCUST_RULES.of(error, has_response=self.arrival.has_sent)
        if self.arrival.window is None:
            self._generator.note(mistake_of(blame, error))
        else:
            self.arrival.task_raised(type(self).__name__, blame, error)
            if blame is not Blame.NOBODY:
                # It goes to no other task.
                self._handed_on_due_s, self._handed_on = self.arrival.due_s, sys.maxsize

    def run_tasks(self, task_set: DefaultTaskSet) -> NoReturn:
        """Run one task per arrival for as long as they end well; raises what ends one of them.

        Locust's own loop, which calls this, handles that. For a task that ends well it would do the same as
        this loop, in a dozen more calls.
        """
        queue = task_set._task_queue
        while True:
            if queue:
                task = queue.popleft()
            else:
                # Without any, this raises and says what is missing.
                tasks = self.tasks or task_set.get_next_task()  # type: ignore[no-untyped-call] # Locust's
                task = tasks[int(random() * len(tasks))]  # noqa: S311 - no secret
            if isinstance(task, type):
                task_set.execute_task(task)  # type: ignore[no-untyped-call] # Locust's
            else:
                task(self)
            self.wait_for_arrival()

    def wait_for_arrival(self) -> None:
        """End the arrival it is running, and wait for its next one; raises StopUser.

        A task that ends well without a request, as one that only leaves its task set, hands the arrival on
        to the next task.
        """
        if self._state == LOCUST_STATE_STOPPING:
            raise StopUser
        if self.arrival.due_s is not None and self._has_another_task():
            return
        self._state = LOCUST_STATE_WAITING
        if not self.arrival.end():
            runner = self.arrival.runner
            self.next_arrival().runner = runner
        self._pacer.wait_for_arrival(self._idle, self._lane)
        if self._state == LOCUST_STATE_STOPPING:
            raise StopUser
        self._state = LOCUST_STATE_RUNNING

    def _has_another_task(self) -> bool:
        """Whether the arrival, for which no request was begun, goes to the next task."""
        arrival = self.arrival
        if arrival.window is None or arrival.failed:
            return False
        if arrival.due_s != self._handed_on_due_s:
            self._handed_on_due_s, self._handed_on = arrival.due_s, 0
        if self._handed_on < self._max_handed_on:
            self._handed_on += 1
            return True
        if self._handed_on == self._max_handed_on:
            # They may send what the gate does not see, so none is run more often than planned again.
            self._max_handed_on = 0
            what = f"{MAX_TASKS_WITHOUT_REQUEST} tasks in a row sent no request"
            arrival.window.record_mistake(mistake_in(type(self), what))
        return False


def user_of(greenlet: Any) -> Paced | None:
    """Return the user whose greenlet this is, or descends from."""
    for _ in range(_MAX_GENERATIONS):
        # Locust starts a user's greenlet with the user as its argument.
        user = next(iter(getattr(greenlet, "args", None) or ()), None)
        if isinstance(user, Paced):
            return user
        spawner = getattr(greenlet, "spawning_greenlet", None)
        greenlet = spawner() if spawner is not None else None
    return None


def _wait(task_set: TaskSet) -> None:
    """Pause between two tasks: a paced user waits for its next arrival, another one for its `wait_time`."""
    user: Any = task_set.user
    if isinstance(user, Paced):
        user.wait_for_arrival()
    else:
        _wait_by_wait_time(task_set)


# Task sets may be nested and may have a `wait_time` of their own; all of them pause here. Locust would also
# sleep after each wait, which would make every arrival late.
TaskSet.wait = _wait  # type: ignore[method-assign]


class TaskEnded(Exception):
    """A task raised what would have ended more than the task: `SystemExit`, or a timeout of its own."""


def _execute_next_task(task_set: TaskSet) -> None:
    """Execute a task, or those of a paced user one after the other; whatever one raises ends it alone."""
    try:
        if type(task_set) is DefaultTaskSet and isinstance(task_set.user, Paced):
            task_set.user.run_tasks(task_set)
        _execute_as_locust_does(task_set)
    except StopTest:
        # As its documentation says; Locust would end this user alone. Not here: that ends whoever calls it.
        gevent.spawn(task_set.user.environment.runner.quit)
        raise
    except (Exception, GreenletExit, KeyboardInterrupt):
        # Locust's own: it stops users by `GreenletExit`.
        raise
    except BaseException as error:
        # With the traceback in place of the cause: it is shown once, and ends at the line of the task.
        ended = TaskEnded(f"{type(error).__name__}: {error}")
        raise ended.with_traceback(error.__traceback__) from None


TaskSet.execute_next_task = _execute_next_task  # type: ignore[method-assign]


def provide_generator(environment: Environment, generator: Generator | None) -> None:
    """Set the process's generator for its users; None says that it will come."""
    environment.generator = generator  # type: ignore[attr-defined] # shared by users and plug-in


def generator_of(environment: Environment) -> Generator:
    """Return the process's generator; a worker has one once its master has accepted it."""
    with gevent.Timeout(_ACCEPTED_WITHIN_S, StopTest("no master accepted this worker in time")):
        while getattr(environment, "generator", False) is None:
            gevent.sleep(0.05)
    generator = getattr(environment, "generator", None)
    if not isinstance(generator, Generator):
        raise StopTest("this user needs the gate: import harness.plugin in your locustfile")
    return generator
