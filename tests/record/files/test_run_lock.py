import os

import pytest

from harness.record.files.run_lock import hold, is_held


def test_a_run_goes_on_while_its_process_holds_the_lock(tmp_path):
    assert not is_held(tmp_path)
    (tmp_path / "latest").symlink_to(tmp_path)
    with hold(tmp_path):
        assert is_held(tmp_path)
        assert is_held(tmp_path / "latest")
    assert not is_held(tmp_path)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_no_lock(tmp_path, make):
    make(tmp_path / "run.lock")
    assert not is_held(tmp_path)


def test_where_no_file_can_be_made_nothing_is_held(tmp_path):
    assert hold(tmp_path / "none") is None
