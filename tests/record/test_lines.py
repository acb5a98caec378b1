import os

import pytest

from harness.record.lines import MAX_PROBLEMS, Line, Problems, read_lines


@pytest.fixture
def lines_of(tmp_path):
    def read(data, longest_bytes=100, most_bytes=10_000):
        path = tmp_path / "some.txt"
        path.write_bytes(data)
        return list(read_lines(path, longest_bytes, most_bytes))

    return read


def test_lines_are_numbered_from_one_and_lose_their_newline(lines_of):
    assert lines_of(b"a\n\nb\n") == [Line(1, b"a"), Line(2, b""), Line(3, b"b")]


def test_an_empty_file_has_no_lines(lines_of):
    assert lines_of(b"") == []


def test_a_last_line_without_a_newline_is_torn(lines_of):
    first, last = lines_of(b"a\nhal")
    assert first == Line(1, b"a")
    assert last.data == b""
    assert "cut off" in last.problem


def test_a_line_of_just_the_longest_length_is_read(lines_of):
    assert lines_of(b"x" * 100 + b"\ny\n") == [Line(1, b"x" * 100), Line(2, b"y")]


@pytest.mark.parametrize("length", [101, 102, 70_000, 200_000])
def test_a_line_that_is_too_long_is_reported_and_the_next_one_read(lines_of, length):
    long, after = lines_of(b"x" * length + b"\ny\n", most_bytes=10**6)
    assert long == Line(1, b"", "the line is longer than 100 bytes")
    assert after == Line(2, b"y")


@pytest.mark.parametrize("length", [101, 200_000])
def test_a_long_last_line_without_a_newline_is_torn(lines_of, length):
    (line,) = lines_of(b"x" * length, most_bytes=10**6)
    assert "cut off" in line.problem


def test_a_file_that_is_too_large_is_read_up_to_the_bound(lines_of):
    lines = lines_of(b"abc\n" * 100, most_bytes=10)
    assert lines[:2] == [Line(1, b"abc"), Line(2, b"abc")]
    assert lines[2].problem == "the file is larger than 10 bytes; the rest is not read"
    assert len(lines) == 3


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"is missing: 'gone\.txt'"):
        list(read_lines(tmp_path / "gone.txt", 10, 10))


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        list(read_lines(tmp_path / "pipe", 10, 10))


def test_many_problems_are_counted_instead_of_kept():
    problems = Problems()
    for number in range(MAX_PROBLEMS + 7):
        problems.add(f"problem {number}")
    assert len(problems.found()) == MAX_PROBLEMS + 1
    assert problems.found()[0] == "problem 0"
    assert problems.found()[-1] == "and 7 more problems of this kind"


def test_few_problems_are_all_kept():
    problems = Problems()
    problems.add("one")
    assert problems.found() == ("one",)
