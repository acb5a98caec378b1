import bz2
import gzip
import lzma
import os
import shutil

import pytest

from harness.observe.access_log.following.followed_file import FollowedFile
from harness.observe.access_log.following.line_buffer import MAX_LINE_BYTES


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


def lines(first, last):
    """Lines of one length that end alike for longer than any mark, as those of a health check do."""
    return "".join(f"{number:07d} {'GET /health ' * 20}\n" for number in range(first, last))


def test_a_new_file_whose_lines_end_like_those_of_the_old_one_is_read_from_its_start(log):
    log.path.write_text("")
    log.read()
    log.write(lines(0, 9))
    read = log.read()
    log.path.rename(f"{log.path}.1")
    log.write(lines(9, 30))
    assert read + log.read() + log.read() == lines(0, 30)


def test_an_emptied_file_whose_lines_end_like_those_before_is_noticed_and_its_own_copy_found(tmp_path):
    path, another = tmp_path / "access.log", tmp_path / "access.log.2"
    path.write_text("")
    another.write_text(lines(50, 70))
    log = Log(path)
    log.write(lines(0, 9))
    read = log.read()
    shutil.copy(path, tmp_path / "access.log.1")
    # The newest of all, and at the place that was read up to it ends like the log.
    os.utime(another, ns=(2**62, 2**62))
    path.write_text(lines(9, 30))
    assert read + log.read() + log.read() == lines(0, 30)


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


def gone(log, number, text):
    """Write a file that had the log's name for a moment, and is its rotated part when anybody looks."""
    if log.path.exists():
        log.path.rename(log.path.with_suffix(".log.99"))
    part = log.path.with_suffix(f".log.{number}")
    part.write_text(text)
    return part


def test_parts_that_came_and_went_between_two_looks_are_read(log):
    log.write("one\n")
    log.path.rename(log.path.with_suffix(".log.4"))
    gone(log, 3, "two\n")
    shutil.copy(log.path.with_suffix(".log.4"), log.path.with_suffix(".log.9"))
    packed = gone(log, 2, "three\n")
    with gzip.open(f"{packed}.gz", "wb") as file:
        file.write(packed.read_bytes())
    packed.unlink()
    log.write("four\n")
    assert sorted(log.read().split()) == ["four", "one", "three", "two"]
    log.write("five\n")
    assert log.read() == "five\n"
    assert log.file.lost == []


def test_a_log_that_was_emptied_twice_between_two_looks_is_read_from_both_copies(log):
    log.write("one\n")
    log.read()
    for number, text in ((2, "two\n"), (1, "three\n")):
        log.write(text)
        shutil.copy(log.path, log.path.with_suffix(f".log.{number}"))
        os.truncate(log.path, 0)
    log.write("four\n")
    assert sorted(log.read().split()) == ["four", "three", "two"]
    assert log.file.lost == []


def test_a_log_that_was_empty_at_the_last_look_and_is_again_is_read_from_its_copy(tmp_path):
    path = tmp_path / "access.log"
    path.touch()
    log = Log(path)
    assert log.read() == ""
    log.write("one\n")
    shutil.copy(path, path.with_suffix(".log.1"))
    os.truncate(path, 0)
    assert log.read() == "one\n"
    log.write("two\n")
    assert log.read() == "two\n"


def test_parts_from_before_the_start_are_never_read_even_when_they_are_compressed_later(log):
    old = log.path.with_suffix(".log.1")
    old.write_text("old\n")
    os.utime(old, (1, 1))
    log = Log(log.path)
    with gzip.open(f"{log.path}.2.gz", "wb") as file:
        file.write(old.read_bytes())
    shutil.copystat(old, f"{log.path}.2.gz")
    log.write("one\n")
    log.path.rename(old)
    log.write("two\n")
    assert log.read() == "one\ntwo\n"


def test_a_renamed_file_is_followed_as_long_as_it_grows(log):
    with log.path.open("ab") as writer:
        log.path.rename(log.path.with_suffix(".log.1"))
        log.path.touch()
        for number in range(4):
            log.now_s += 50.0
            writer.write(f"{number}\n".encode())
            writer.flush()
            assert log.read() == f"{number}\n"
        log.now_s += 61.0
        assert log.read() == ""
        assert len(log.file.identities) == 1


def test_a_link_may_lead_to_another_file(tmp_path):
    days = [tmp_path / "access-1.log", tmp_path / "access-2.log"]
    link = tmp_path / "access.log"
    days[0].write_text("before\n")
    link.symlink_to(days[0])
    log = Log(link)
    log.write("one\n")
    assert log.read() == "one\n"
    days[1].write_text("two\n")
    link.unlink()
    link.symlink_to(days[1])
    with days[0].open("a") as writer:
        writer.write("late\n")
    assert sorted(log.read().split()) == ["late", "two"]


def test_a_copy_that_took_the_log_s_place_is_read_from_where_the_log_was_read_to(log):
    log.write("x" * 600 + "\none and a ha")
    log.read()
    copy = log.path.with_name("sed.tmp")
    shutil.copy(log.path, copy)
    copy.rename(log.path)
    log.write("lf\n")
    assert log.read() == "one and a half\n"
    assert log.file.lost == []


def test_a_copy_with_other_lines_that_took_the_log_s_place_is_a_loss(log):
    log.write("x" * 600 + "\none\ntwo\n" + "y" * 200 + "\n")
    log.read()
    copy = log.path.with_name("sed.tmp")
    copy.write_text(log.path.read_text().replace("one\n", ""))
    copy.rename(log.path)
    log.read()
    assert "was replaced by another copy of itself" in log.file.lost[0]


def test_a_folder_that_is_deleted_and_comes_back_is_followed(tmp_path):
    folder = tmp_path / "nginx"
    folder.mkdir()
    log = Log(folder / "access.log")
    log.write("one\n")
    assert log.read() == "one\n"
    shutil.rmtree(folder)
    assert log.read() == ""
    folder.mkdir()
    log.write("two\n")
    assert log.read() == "two\n"


def test_a_hole_of_a_terabyte_is_skipped(log):
    log.write("one\n")
    log.read()
    shutil.copy(log.path, log.path.with_suffix(".log.1"))
    os.truncate(log.path, 0)
    log.read()
    os.truncate(log.path, 1 << 40)
    log.write("two\n")
    assert log.read() == "two\n"


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path):
    log = Log(tmp_path / "access.log")
    log.write(b"\xef\xbb\xbfone\r\n")
    assert log.read() == "one\r\n"


def test_a_full_disk_is_a_loss(log, monkeypatch):
    disk = os.statvfs(log.path)
    full = os.statvfs_result((*disk[:3], 0, 0, *disk[5:10]))
    log.write("one\n")
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert log.read() == "one\n"
    assert "is full, so lines may be missing" in log.file.lost[0]


def test_what_is_no_file_is_a_loss_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "access.log")
    log = Log(tmp_path / "access.log")
    assert log.read() == ""
    assert "is not a regular file" in log.file.lost[0]


@pytest.mark.parametrize("name", ["access-api.log", "access.ssl.log", "access.log.tmp"])
def test_another_log_beside_it_is_no_part_of_it(log, name):
    log.write("one\n")
    log.read()
    log.path.with_name(name).write_text("foreign\n")
    log.path.rename(log.path.with_suffix(".log.1"))
    log.write("two\n")
    assert log.read() == "two\n"


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip), ("xz", lzma), ("bz2", bz2)])
def test_a_part_that_was_compressed_between_two_looks_is_read(log, suffix, pack):
    part = gone(log, 1, "between\n")
    with pack.open(f"{part}.{suffix}", "wb") as file:
        file.write(part.read_bytes())
    part.unlink()
    log.write("now\n")
    assert sorted(log.read().split()) == ["between", "now"]


def test_a_part_beside_its_compressed_copy_is_read_once(log):
    part = gone(log, 1, "between\n")
    with gzip.open(f"{part}.gz", "wb") as file:
        file.write(part.read_bytes())
    log.write("now\n")
    assert sorted(log.read().split()) == ["between", "now"]
    part.unlink()
    assert log.read() == ""


def test_a_part_that_is_still_being_compressed_is_read_when_it_is_whole(log):
    part = gone(log, 1, "between\n")
    packed = gzip.compress(part.read_bytes())
    part.unlink()
    part.with_name(f"{part.name}.gz").write_bytes(packed[:-9])
    log.write("now\n")
    assert log.read() == "now\n"
    log.now_s += 0.05
    part.with_name(f"{part.name}.gz").write_bytes(packed)
    assert log.read() == "between\n"
