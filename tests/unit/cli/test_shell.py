"""What stands between a verb and the terminal: exit codes, secrets, questions, readers that go away."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli import shell
from ringfence.errors import RingfenceError


class Refused(RingfenceError):
    """A test refuses."""

    code = "RF098"
    exit_code = 3


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's environment says, these tests start from nothing."""
    for name in (*shell.DATABASE_VARIABLES, "PGPASSWORD", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def verb(action: Callable[[], int]) -> Callable[..., int]:
    """A shielded verb that does this."""

    def run(database: str | None = None, as_json: bool = False, verbose: bool = False) -> int:
        del database, as_json, verbose
        return action()

    return shell.shielded(run)


def raising(error: BaseException) -> Callable[[], int]:
    """An action that raises."""

    def act() -> int:
        raise error

    return act


def test_an_error_ends_with_its_own_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Code, message, object, detail and hint on stderr; stdout stays empty."""
    code = verb(raising(Refused("no", detail="first\nsecond", hint="do this", subject="public.a")))()

    captured = capsys.readouterr()
    assert code == 3
    assert captured.out == ""
    assert captured.err.split("\n") == [
        "RF098 no",
        "  object: public.a",
        "  detail: first",
        "          second",
        "  hint:   do this",
        "",
    ]


def test_an_error_under_json_is_the_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """A program finds the same fields on stdout, and nothing on stderr."""
    code = verb(raising(Refused("no", hint="do this")))(as_json=True)

    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert code == 3
    assert document["exit_code"] == 3
    assert document["error"]["code"] == "RF098"
    assert document["error"]["hint"] == "do this"
    assert captured.err == ""


def test_the_unexpected_has_a_code_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    """No bare trace: RF000, what happened in one line, and what to do; the trace is there for who asks."""
    code = verb(raising(ValueError("odd\nthing")))()
    quiet = capsys.readouterr().err
    verb(raising(ValueError("odd\nthing")))(verbose=True)
    loud = capsys.readouterr().err

    assert code == 1
    assert quiet.startswith("RF000 ")
    assert "ValueError: odd" in quiet
    assert "ringfence status" in quiet
    assert "Traceback" not in quiet
    assert "Traceback" in loud


def test_an_interrupt_is_resumable(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends with 6 and says how to go on."""
    assert verb(raising(KeyboardInterrupt()))() == 6
    assert "goes on where it stopped" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_verb_as_ctrl_c_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A supervisor that stops us, or a terminal that is closed, leaves a run that can be resumed."""
    import signal

    number = getattr(signal, name)

    def stopped() -> int:
        os.kill(os.getpid(), number)
        return 0

    before = signal.getsignal(number)

    assert verb(stopped)() == 6
    assert signal.getsignal(number) is before
    assert "RF004" in capsys.readouterr().err


# --- secrets -----------------------------------------------------------------------------------------------------

OUR_WORDS = (
    "postgresql://user:***@host:5432/database cannot connect to ValueError RF098 @db.example:5432/app bob detail: failed"
    " hint: host=x password= y=z code message subject exit_code error"
)
"""What stands around a password; one that is a part of these words is found there whatever is done."""
SECRETS = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="'\"\\"), min_size=3, max_size=20
).filter(lambda s: s not in OUR_WORDS and "*" not in s)


@given(SECRETS)
def test_no_password_survives_in_an_error(password: str) -> None:
    """Neither as typed nor percent-encoded, neither in a URL nor alone, neither as text nor as JSON."""
    url = f"postgresql://bob:{quote(password, safe='')}@db.example:5432/app"
    error = Refused(
        f"cannot connect to {url}", detail=f"password {password} failed", hint=f"host=x password={password} y=z"
    )
    secrets = shell.passwords([url], {})

    for as_json in (False, True):
        out, err = io.StringIO(), io.StringIO()
        kept = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, err
        try:
            shell.show_error(error, as_json=as_json, exit_code=3, secrets=secrets)
        finally:
            sys.stdout, sys.stderr = kept
        shown = out.getvalue() + err.getvalue()
        for form in (password, quote(password, safe=""), json.dumps(password, ensure_ascii=False)[1:-1]):
            assert form not in shown.replace("***", ""), shown


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://bob:hunter2@h/d",
        "postgres://bob:hun@ter2@h/d?x=1",
        "host=h password=hunter2 user=bob",
        "host=h password='hunter2 x' user=bob",
        "postgresql://h/d?user=bob&password=hunter2&sslmode=require",
    ],
)
def test_a_password_is_recognised_by_its_place(text: str) -> None:
    """Also in a text that is not the URL we were given."""
    shown = shell.redacted(f"could not use {text}")

    assert "hunter2" not in shown
    assert "ter2" not in shown
    assert "***" in shown


def test_a_broken_connection_string_hides_every_word_of_its_password() -> None:
    """The driver may quote a part of it: missing "=" after "hunter2"."""
    secrets = shell.passwords(["host=h password=correct hunter2"], {})

    assert shell.redacted('missing "=" after "hunter2"', secrets) == 'missing "=" after "***"'


def test_an_example_in_a_hint_stays_readable() -> None:
    """A hint may say how to write a URL."""
    hint = "write it as postgresql://user:password@host:5432/database"

    assert shell.redacted(hint) == hint


def test_the_unexpected_keeps_secrets(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception of somebody else may carry the whole URL; so may its trace."""
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", "postgresql://bob:tr0ub4dor@h/d")

    verb(raising(ValueError("bad: postgresql://bob:tr0ub4dor@h/d and tr0ub4dor")))(verbose=True)

    assert "tr0ub4dor" not in capsys.readouterr().err


# --- the database ------------------------------------------------------------------------------------------------


def test_the_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """--database, then RINGFENCE_DATABASE_URL, then DATABASE_URL."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://c")
    assert shell.url_of(None) == "postgresql://c"
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", "postgresql://b")
    assert shell.url_of(None) == "postgresql://b"
    assert shell.url_of("postgresql://a") == "postgresql://a"


def test_no_database_at_all_says_how_to_name_one() -> None:
    """The hint can be pasted."""
    with pytest.raises(shell.NoDatabase) as error:
        shell.url_of(None)

    assert error.value.exit_code == 2
    assert error.value.hint.startswith("export RINGFENCE_DATABASE_URL=postgresql://")


def test_a_password_on_the_command_line_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody on the machine can read it there; a URL without one is nobody's business."""
    shell.url_of("postgresql://bob:hunter2@h/d")
    warned = capsys.readouterr().err
    shell.url_of("postgresql://bob@h/d")

    assert "RINGFENCE_DATABASE_URL" in warned
    assert "hunter2" not in warned
    assert capsys.readouterr().err == ""


# --- responsibility and questions --------------------------------------------------------------------------------


def test_each_check_is_accepted_with_its_reason() -> None:
    """One reason for each check, or one for all."""
    assert shell.accepted([], []) == {}
    assert shell.accepted(["A", "B"], ["x", "y"]) == {"A": "x", "B": "y"}
    assert shell.accepted(["A", "B"], ["x"]) == {"A": "x", "B": "x"}


@pytest.mark.parametrize(
    ("codes", "reasons"), [(["A"], []), ([], ["x"]), (["A", "B", "C"], ["x", "y"]), (["A"], [" "])]
)
def test_nobody_takes_responsibility_without_a_word(codes: list[str], reasons: list[str]) -> None:
    """A reason is what the journal is for."""
    with pytest.raises(shell.WrongUse):
        shell.accepted(codes, reasons)


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Terminal]:
    """Put a person before the process, who will type this."""

    def sit_down(typed: str) -> Terminal:
        screen = Terminal()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        monkeypatch.setattr(sys, "stderr", screen)
        return screen

    return sit_down


def test_without_a_terminal_nothing_is_written_unasked() -> None:
    """A job must say --yes; the refusal is exit code 2 and says so."""
    with pytest.raises(shell.NotConfirmed) as error:
        shell.asked(False, "ringfence apply --yes")

    assert error.value.exit_code == 2
    assert error.value.hint == "ringfence apply --yes"
    assert shell.asked(True, "") is False


@pytest.mark.parametrize("typed", ["y\n", "YES\n", " yes \n"])
def test_a_yes_is_a_yes(terminal: Any, typed: str) -> None:
    """Asked on stderr, so that stdout stays the report's."""
    screen = terminal(typed)

    assert shell.asked(False, "x") is True
    shell.confirm("Apply?", "x")

    assert screen.getvalue() == "Apply? [y/N] "


@pytest.mark.parametrize("typed", ["", "\n", "n\n", "yesterday\n"])
def test_anything_else_is_a_no(terminal: Any, typed: str) -> None:
    """Also an end of input, which is how a terminal says goodbye."""
    terminal(typed)

    with pytest.raises(shell.NotConfirmed):
        shell.confirm("Apply?", "x")


# --- readers that go away ----------------------------------------------------------------------------------------


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        """Fail as a closed pipe does."""
        raise BrokenPipeError


def test_a_closed_pipe_ends_no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ringfence apply | head` goes on working when head has seen enough, and so does its progress."""
    monkeypatch.setattr(sys, "stdout", Gone())
    monkeypatch.setattr(sys, "stderr", Gone())

    shell.say("x")
    shell.warn("y")
    assert shell.Unbreakable(sys.stderr).write("z") == 1  # type: ignore[arg-type]


def test_a_narrow_encoding_loses_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that knows no box lines gets their codes."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    shell.say("── é\n")

    assert raw.getvalue() == b"\\u2500\\u2500 \\xe9\n"
