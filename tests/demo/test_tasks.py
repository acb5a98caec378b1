"""The task store."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.demo.tasks import LISTED, MAX_CREATED, SEEDED, InvalidTask, TaskStore, parse_task


def test_a_new_store_lists_twenty_tasks_newest_first() -> None:
    tasks = json.loads(TaskStore().newest())

    assert [task["id"] for task in tasks] == list(range(20, 0, -1))
    assert all(set(task) == {"id", "title", "priority", "done"} for task in tasks)


def test_a_created_task_can_be_read_and_leads_the_list() -> None:
    store = TaskStore()
    store.newest()

    task_id, encoded = store.create(b'{"title": "Rotate the keys", "priority": "high"}')

    assert json.loads(encoded) == {"id": 21, "title": "Rotate the keys", "priority": "high", "done": False}
    assert store.read(str(task_id)) == encoded
    assert json.loads(store.newest())[0]["id"] == task_id
    assert len(json.loads(store.newest())) == LISTED


def test_the_store_forgets_the_oldest_created_task_and_never_a_seeded_one() -> None:
    store = TaskStore()
    ids = [store.create(b'{"title": "x"}')[0] for _ in range(MAX_CREATED + 5)]

    assert [store.read(str(task_id)) is None for task_id in ids[:6]] == [True] * 5 + [False]
    assert all(store.read(str(task_id)) for task_id in range(1, SEEDED + 1))


@pytest.mark.parametrize("task_id", ["", "0", "99", "-1", "1/2", "one", "²", "9" * 5000, " 1"])
def test_what_names_no_task_reads_as_none(task_id: str) -> None:
    assert TaskStore().read(task_id) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "JSON object"),
        (b"{}", "title must be"),
        (b'{"title": ""}', "title must be"),
        (b'{"title": 7}', "title must be"),
        (json.dumps({"title": "x" * 201}).encode(), "title must be"),
        (b'{"title": "x", "priority": "urgent"}', "priority must be one of low, normal, high"),
        (b'{"title": "x", "priority": []}', "priority must be one of"),
        (b'{"title": "x", "done": 1}', "done must be"),
        (b'{"title": "x", "owner": "me"}', "unknown field 'owner'"),
    ],
)
def test_a_body_that_is_no_task_is_refused_with_what_to_write(body: bytes, said: str) -> None:
    with pytest.raises(InvalidTask, match=said):
        TaskStore().create(body)


@given(st.text(min_size=1, max_size=200), st.booleans())
def test_every_title_comes_back_as_it_was_given(title: str, done: bool) -> None:
    encoded = TaskStore().create(json.dumps({"title": title, "done": done}).encode())[1]

    assert json.loads(encoded) == {"id": 21, "title": title, "priority": "normal", "done": done}


@given(st.binary(max_size=100).filter(lambda body: b"title" not in body))
def test_no_bytes_without_a_title_are_a_task(body: bytes) -> None:
    with pytest.raises(InvalidTask):
        parse_task(body)
