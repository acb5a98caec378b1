import os

import pytest

from harness.record.files.replace import replace_link, replace_text


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "verdict.json"
    replace_text(path, "old\r\n")
    replace_text(path, "µ new\n")
    assert path.read_bytes() == "µ new\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["verdict.json"]


def test_a_text_that_cannot_be_written_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "verdict.json"
    replace_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "new \udc80")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["verdict.json"]


def test_a_link_is_pointed_elsewhere(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        replace_link(tmp_path / "latest", name)
        assert (tmp_path / "latest").readlink().name == name
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["first", "latest", "second"]


def test_a_directory_in_place_of_the_link_is_left_alone(tmp_path):
    (tmp_path / "latest").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_link(tmp_path / "latest", "first")
    assert [entry.name for entry in tmp_path.iterdir()] == ["latest"]


def test_a_link_in_the_way_of_the_new_text_leads_nowhere_else(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / f".verdict.json.{os.getpid()}.tmp").symlink_to(tmp_path / "mine")
    replace_text(tmp_path / "verdict.json", "verdict")
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "verdict.json").read_text() == "verdict"
