import io
import sys

import pytest

from smallprint import commands


class Refused(Exception):
    pass


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_leave_is_given_beforehand_or_by_a_person_who_says_yes(monkeypatch):
    commands.consent("train", "trained", True, Refused)
    monkeypatch.setattr(sys, "stdin", Terminal("Yes\n"))
    commands.consent("train", "trained", False, Refused)


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (
            io.StringIO("y\n"),
            "nothing asked: nobody is there to confirm; YES=1 or --yes asks at once",
        ),
        (Terminal("\n"), "nothing asked"),
        (Terminal("never\n"), "nothing asked"),
    ],
)
def test_anything_else_is_a_refusal_and_a_pipe_is_nobody(monkeypatch, stdin, says):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(Refused) as error:
        commands.consent("ask", "asked", False, Refused)
    assert str(error.value) == says


def test_a_wrong_command_line_is_one_line_and_a_broken_off_one_says_how_to_go_on(capsys):
    parser = commands.Parser(Refused, prog="tool")
    parser.add_argument("--seeds", type=int)

    def interrupted():
        raise KeyboardInterrupt

    for action, code, says in (
        (lambda: parser.parse_args(["--seeds=x"]), 2, "argument --seeds: invalid int value: 'x'"),
        (interrupted, 130, "interrupted; the same command goes on"),
    ):
        with pytest.raises(SystemExit) as end:
            commands.carry_out(action, Refused)
        (line,) = capsys.readouterr().err.splitlines()
        assert (end.value.code, line.startswith(says)) == (code, True)
