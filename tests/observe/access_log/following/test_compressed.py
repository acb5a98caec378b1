import bz2
import gzip
import lzma

import pytest

from harness.observe.access_log.following.compressed import DAMAGED, open_log


@pytest.mark.parametrize("pack", [gzip, lzma, bz2])
def test_a_compressed_file_is_told_by_its_first_bytes(tmp_path, pack):
    path = tmp_path / "access.log"
    with pack.open(path, "wb") as file:
        file.write(b"one\n")
    file, is_compressed = open_log(path)
    with file:
        assert is_compressed
        assert file.read() == b"one\n"


def test_a_plain_file_is_read_from_its_start_however_short(tmp_path):
    path = tmp_path / "access.log.gz"
    path.write_bytes(b"x")
    file, is_compressed = open_log(path)
    with file:
        assert not is_compressed
        assert file.read() == b"x"


@pytest.mark.parametrize("pack", [gzip, lzma, bz2])
def test_a_file_that_is_still_being_compressed_is_damaged(tmp_path, pack):
    path = tmp_path / "access.log"
    path.write_bytes(pack.compress(b"one\n" * 1000)[:-9])
    file, _ = open_log(path)
    with file, pytest.raises(DAMAGED):
        file.read()
