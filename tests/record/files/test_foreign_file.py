import os

import pytest

from harness.record.files.foreign_file import (
    append_foreign,
    is_missing,
    open_foreign,
    read_foreign,
    read_foreign_text,
)


@pytest.fixture(params=["pipe", "directory", "device", "link", "link to nowhere"])
def strange(request, tmp_path):
    path = tmp_path / "run" / "events.jsonl"
    path.parent.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("password")
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case "link":
            path.symlink_to(secret)
        case "link to nowhere":
            path.symlink_to(tmp_path / "nothing")
    return path


def test_only_a_regular_file_is_opened(strange):
    with pytest.raises(OSError, match="is not a regular file"):
        open_foreign(strange)


def test_nothing_is_appended_to_anything_else(strange, tmp_path):
    with pytest.raises(OSError, match="is not a regular file"):
        append_foreign(strange, b"{}\n")
    assert (tmp_path / "secret").read_text() == "password"
    assert not (tmp_path / "nothing").exists()


def test_a_link_that_leads_nowhere_is_not_missing(strange):
    assert not is_missing(strange)


def test_a_directory_that_is_a_link_is_not_entered(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "01-one.hlog").write_text("")
    (tmp_path / "stages").symlink_to("elsewhere")
    with pytest.raises(OSError, match="is not a regular file"):
        open_foreign(tmp_path / "stages" / "01-one.hlog")


def test_a_file_is_read_up_to_its_bound(tmp_path):
    path = tmp_path / "run.json"
    path.write_bytes(b"12345")
    assert read_foreign(path, 5) == b"12345"
    with pytest.raises(OSError, match="is larger than 4 bytes"):
        read_foreign(path, 4)


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="is missing"):
        open_foreign(tmp_path / "run.json")
    assert is_missing(tmp_path / "run.json")


def test_bytes_that_are_no_text_are_said_to_be_none(tmp_path):
    (tmp_path / "statement.json").write_bytes(b"\xff")
    with pytest.raises(OSError, match="is not UTF-8 text"):
        read_foreign_text(tmp_path / "statement.json", 100)
