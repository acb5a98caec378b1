from harness.live.tail import Tail


def test_only_new_whole_lines_are_read(tmp_path):
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert tail.new() == []
    path.write_text('{"a":1}\n{"b"')
    assert tail.new() == [{"a": 1}]
    assert tail.new() == []
    with path.open("a") as file:
        file.write(':2}\n{"c":3}\n')
    assert tail.new() == [{"b": 2}, {"c": 3}]


def test_garbage_is_left_out(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('garbage\n[1]\n{"a":1}\n')
    assert Tail(path).new() == [{"a": 1}]
