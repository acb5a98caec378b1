import subprocess

from harness.process.child import command_of

SPOKEN = command_of("tests.process.spoken", "word")


def test_a_child_ends_with_exit_code_0_when_its_parent_closes_its_input():
    with subprocess.Popen(SPOKEN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        assert process.stdout.readline() == '["word"]\n'
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_failure_is_one_line_and_exit_code_1():
    done = subprocess.run([*SPOKEN, "broken"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "spoken: ValueError: it is broken\n")
