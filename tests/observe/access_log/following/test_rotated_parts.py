import os

from harness.observe.access_log.following.rotated_parts import RotatedParts


def test_a_part_that_got_the_inode_of_one_that_is_gone_is_another_part(tmp_path):
    log, part = tmp_path / "access.log", tmp_path / "access.log.1"
    parts = RotatedParts(log)
    part.write_bytes(b"first\n")
    assert parts.unread(0, []) == [part]
    next_part = part.rename(tmp_path / "access.log.2")
    # As file systems do when a file is made after another one was deleted: the inode is the same.
    next_part.write_bytes(b"second\n")
    assert parts.unread(0, [b"first\n"]) == [next_part]
    assert parts.unread(0, [b"first\n", b"second\n"]) == []


def test_a_part_that_is_renamed_or_written_to_again_is_no_other_part(tmp_path):
    part = tmp_path / "access.log.1"
    parts = RotatedParts(tmp_path / "access.log")
    part.write_bytes(b"first\n")
    assert parts.unread(0, []) == [part]
    part = part.rename(tmp_path / "access.log.2")
    assert parts.unread(0, [b"first\n"]) == []
    part.write_bytes(b"first\nlast\n")
    assert parts.unread(0, [b"first\n"]) == []


def test_a_part_from_before_the_start_stays_one_although_it_grows_or_is_touched(tmp_path):
    part = tmp_path / "access.log.1"
    part.write_bytes(b"first\n")
    parts = RotatedParts(tmp_path / "access.log")
    part.write_bytes(b"first\nlast\n")
    assert parts.unread(0, []) == []
    os.utime(part, ns=(2**62, 2**62))
    assert parts.unread(0, []) == []
