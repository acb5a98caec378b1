import gzip
import os
import shutil

import pytest

from harness.observe.access_log.followed_file import FollowedFile
from harness.observe.access_log.line_buffer import MAX_LINE_BYTES


class Log:
    """A log that is followed, and what was read of it."""

    def __init__(self, path):
        self.path, self.now_s = path, 0.0
        self.file = FollowedFile(str(path), lambda: self.now_s)

    def write(self, text):
        with self.path.open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def read(self):
        return b"".join(self.file.read()).decode()


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_text("before\n")
    return Log(path)


def test_only_what_is_added_from_now_on_is_read(log):
    assert log.read() == ""
    log.write("one\ntwo\n")
    assert log.read() == "one\ntwo\n"
    assert log.read() == ""


def test_a_line_that_was_under_way_at_the_start_is_left_out(tmp_path):
    path = tmp_path / "access.log"
    path.write_text("half a li")
    log = Log(path)
    log.write("ne\nnext\n")
    assert log.read() == "next\n"


def test_a_line_is_read_when_it_is_whole(log):
    log.write("on")
    assert log.read() == ""
    log.write("e\ntw")
    assert log.read() == "one\n"
    log.write("o\n")
    assert log.read() == "two\n"


def test_a_file_that_is_created_later_is_read_from_its_start(tmp_path):
    log = Log(tmp_path / "late.log")
    assert log.read() == ""
    log.write("first\n")
    assert log.read() == "first\n"
    assert log.file.lost == []


def test_after_a_rename_the_old_file_is_read_to_its_end_and_the_new_one_from_its_start(log):
    log.write("one\n")
    assert log.read() == "one\n"
    with log.path.open("ab") as writer:
        writer.write(b"two\n")
        writer.flush()
        log.path.rename(log.path.with_suffix(".log.1"))
        assert log.read() == "two\n"
        writer.write(b"three\n")
        writer.flush()
        log.write("four\n")
        assert sorted(log.read().split()) == ["four", "three"]
        # The router still writes to the old file until it opens its log anew.
        writer.write(b"five\n")
        writer.flush()
        assert log.read() == "five\n"
    assert log.file.lost == []


def test_a_renamed_file_that_is_compressed_and_removed_is_still_read(log):
    old = log.path.with_suffix(".log.1")
    log.write("one\n")
    log.path.rename(old)
    log.write("two\n")
    with gzip.open(f"{old}.gz", "wb") as packed:
        packed.write(old.read_bytes())
    old.unlink()
    assert log.read() == "one\ntwo\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["access.log.1", "access.log-20261128", "access-20261128.log"])
def test_after_a_truncation_the_lines_before_it_are_read_from_the_copy(log, packed, name):
    log.write("one\n")
    assert log.read() == "one\n"
    log.write("two\n")
    copy = log.path.with_name(name)
    shutil.copy(log.path, copy)
    if packed:
        with gzip.open(f"{copy}.gz", "wb") as file:
            file.write(copy.read_bytes())
        copy.unlink()
    os.truncate(log.path, 0)
    log.write("three\n")
    assert log.read() == "two\nthree\n"
    assert log.file.lost == []


def test_a_truncated_file_that_has_grown_beyond_its_old_length_is_noticed(log):
    log.write("one\n")
    log.read()
    shutil.copy(log.path, log.path.with_suffix(".log.1"))
    os.truncate(log.path, 0)
    log.write("a line that is longer than the file was\n")
    assert log.read() == "a line that is longer than the file was\n"


def test_a_truncation_without_a_copy_is_a_loss(log):
    log.write("one\n")
    log.read()
    os.truncate(log.path, 0)
    log.write("two\n")
    assert log.read() == "two\n"
    assert "was emptied" in log.file.lost[0]


def test_the_hole_that_a_writer_leaves_after_a_truncation_is_skipped(log):
    with log.path.open("r+b") as writer:
        writer.seek(0, os.SEEK_END)
        writer.write(b"one\n")
        writer.flush()
        assert log.read() == "one\n"
        shutil.copy(log.path, log.path.with_suffix(".log.1"))
        os.truncate(log.path, 0)
        writer.write(b"two\n")
        writer.flush()
    assert log.read() == "two\n"
    assert log.file.lost == []


def test_a_line_too_long_is_dropped_and_counted(log):
    log.write("x" * (MAX_LINE_BYTES + 10))
    assert log.read() == ""
    log.write("x" * 2_000_000 + "\nnext\n")
    assert log.read() == "next\n"
    assert log.file.torn == 1


def test_a_line_without_an_end_in_an_old_file_counts_as_torn(log):
    log.write("torn")
    log.path.rename(log.path.with_suffix(".log.1"))
    log.write("next\n")
    assert log.read() == "next\n"
    log.now_s = 120.0
    assert log.read() == ""
    assert log.file.torn == 1


def test_what_is_no_file_is_a_loss_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "access.log")
    log = Log(tmp_path / "access.log")
    assert log.read() == ""
    assert "is not a regular file" in log.file.lost[0]
