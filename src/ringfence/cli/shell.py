"""What stands between a verb and the terminal: where output goes, how errors are said, and what is never said.

stdout carries the result alone. Everything said on the way goes to stderr. A broken pipe or a closed terminal never
ends a migration: output is dropped, the work goes on.
"""

from __future__ import annotations

import functools
import io
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import IO, Any, ParamSpec
from urllib.parse import quote, unquote

from ringfence.cli.document import dump, error_document
from ringfence.cli.options import DATABASE_VARIABLES, EXIT_PAUSED
from ringfence.cli.words import folded, indented, plain, plain_lines
from ringfence.errors import RingfenceError

P = ParamSpec("P")


class NoDatabase(RingfenceError):
    """No database was named."""

    code = "RF001"
    exit_code = 2


class NotConfirmed(RingfenceError):
    """Nothing was changed, because nobody said yes."""

    code = "RF002"
    exit_code = 2


class WrongUse(RingfenceError):
    """These options do not go together."""

    code = "RF003"
    exit_code = 2


class Interrupted(RingfenceError):
    """Interrupted; what was committed stays, and nothing is half done."""

    code = "RF004"
    exit_code = EXIT_PAUSED


# --- secrets -----------------------------------------------------------------------------------------------------

_USER_INFO = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/@:]*):(?P<secret>\S*)@", re.IGNORECASE)
_KEYWORD = re.compile(
    r"(?P<head>\b(?:ssl)?password\s*=\s*)(?P<secret>'(?:[^'\\]|\\.)*'|[^&]*?)(?=\s+\w+\s*=|&|$|\n|\")", re.IGNORECASE
)
_WHOLE_URL = re.compile(r"\A\s*[a-z][a-z0-9+.-]*://[^/@:]*:(?P<secret>.*)@", re.IGNORECASE | re.DOTALL)
EXAMPLES = frozenset(["password", "PASSWORD"])
"""What stands for a password in a hint that says how to write a URL."""


def passwords(texts: Sequence[str], environment: Mapping[str, str]) -> frozenset[str]:
    """Every password that this process was handed: in URLs, in connection strings, in PGPASSWORD.

    Generous on purpose: of a string that cannot be parsed every word that may be part of a password counts.
    """
    found: set[str] = {environment.get("PGPASSWORD", "")}
    for text in [*texts, *(environment.get(name, "") for name in DATABASE_VARIABLES)]:
        for match in (*_WHOLE_URL.finditer(text), *_USER_INFO.finditer(text), *_KEYWORD.finditer(text)):
            secret = match.group("secret").strip("'")
            found |= {secret, secret.partition("@")[0], *secret.split()}
    found |= {unquote(p) for p in found}
    return frozenset(found | {quote(p, safe="") for p in found}) - {""}


def redacted(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """The text with every password replaced by ***, by its place in a URL and by its value."""
    text = _USER_INFO.sub(lambda m: m.group() if m.group("secret") in EXAMPLES else f"{m.group('head')}:***@", text)
    text = _KEYWORD.sub(r"\g<head>***", text)
    for secret in sorted(secrets, key=len, reverse=True):
        # a password of one or two letters cannot be told from any other text by its value
        if len(secret) > 2:
            text = text.replace(secret, "***")
    return text


# --- output ------------------------------------------------------------------------------------------------------


def say(text: str, stream: IO[str] | None = None) -> None:
    """Write to stdout, or to the stream given; a reader that went away is no error."""
    target = stream if stream is not None else sys.stdout
    try:
        target.write(text)
        target.flush()
    except OSError:
        # the pipe is closed or the terminal gone: a migration must not end for want of a reader; and Python would
        # complain again when it flushes at exit
        _to_nowhere(target)
    except UnicodeEncodeError as error:
        say(text.encode(error.encoding, "backslashreplace").decode(error.encoding), target)


class Unbreakable(io.TextIOBase):
    """A stream for whoever draws: writes go through `say`, so that a closed terminal raises nothing."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or drop what nobody can read any more."""
        say(text, self._stream)
        return len(text)

    def isatty(self) -> bool:
        """As the stream beneath."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """As the stream beneath."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute in the base class
        """As the stream beneath: what can be drawn depends on it."""
        return str(getattr(self._stream, "encoding", "utf-8"))


def _to_nowhere(stream: IO[str]) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # not a real file (a test's buffer): nothing will complain at exit


def warn(text: str) -> None:
    """A line for people on stderr."""
    say(plain_lines(text) + "\n", sys.stderr)


def is_terminal(stream: IO[str]) -> bool:
    """Whether somebody looks at the stream who can see it redraw."""
    try:
        return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    except ValueError:
        return False  # the stream is closed


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours where somebody looks and wants them (NO_COLOR), and the width of their terminal; nothing elsewhere."""

    on: bool = False
    width: int = 0
    """Columns of the terminal; 0 where lines are better left whole."""

    @classmethod
    def on_stream(cls, stream: IO[str]) -> Ink:
        """The ink for a stream."""
        if not is_terminal(stream):
            return cls()
        return cls(not os.environ.get("NO_COLOR"), shutil.get_terminal_size().columns)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text

    def bold(self, text: str) -> str:
        """Heads and names."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """What can be skipped."""
        return self._paint("2", text)

    def good(self, text: str) -> str:
        """Done, passed."""
        return self._paint("32", text)

    def bad(self, text: str) -> str:
        """Failed, held."""
        return self._paint("31", text)

    def careful(self, text: str) -> str:
        """Waiting, one-way, accepted."""
        return self._paint("33", text)


def show_error(
    error: RingfenceError, *, as_json: bool, exit_code: int, secrets: frozenset[str], whole: bool = False
) -> None:
    """An error on stderr for people, or as the one document on stdout under --json; `whole` folds no long detail."""
    if as_json:
        text = dump(error_document(error, exit_code))
        say(redacted(text, frozenset(s for p in secrets for s in (p, _in_json(p)))))
        return
    ink = Ink.on_stream(sys.stderr)
    lines = [f"{ink.bad(error.code)} {ink.bold(plain(redacted(error.message, secrets)))}"]
    for label, text in (("object: ", error.subject), ("detail: ", error.detail), ("hint:   ", error.hint)):
        if text:
            # a hint is there to be pasted: neither folded nor broken
            paste = label == "hint:   "
            shown = redacted(folded(text, whole=whole or paste), secrets)
            rows = indented(shown, 10, 0 if paste else ink.width)
            lines += [f"  {ink.dim(label)}{rows[0][10:]}", *rows[1:]]
    say("\n".join(lines) + "\n", sys.stderr)


def _in_json(text: str) -> str:
    return dump(text).strip()[1:-1]


# --- the frame of every verb -------------------------------------------------------------------------------------


def shielded(verb: Callable[P, int]) -> Callable[P, int]:
    """A verb that ends with its documented exit code whatever happens, and never shows a secret or a bare trace."""

    @functools.wraps(verb)
    def run(*args: P.args, **options: P.kwargs) -> int:
        as_json, verbose = bool(options.get("as_json")), bool(options.get("verbose"))
        given = options.get("database")
        secrets = passwords([given] if isinstance(given, str) else [], os.environ)
        try:
            with _ended_gently():
                return verb(*args, **options)
        except RingfenceError as error:
            shown = error
        except KeyboardInterrupt:
            shown = Interrupted(hint="the same command goes on where it stopped; ringfence status says where that is")
        except Exception as error:  # noqa: BLE001  # the last line of defence: no bare trace, no secret in one
            if verbose:
                trace = "".join(traceback.format_exception(error))
                say(plain_lines(redacted(trace, secrets)) + "\n", sys.stderr)
            shown = _unexpected(error, verbose)
        show_error(shown, as_json=as_json, exit_code=shown.exit_code, secrets=secrets, whole=verbose)
        return shown.exit_code

    return run


def _unexpected(error: Exception, verbose: bool) -> RingfenceError:
    lines = str(error).strip().splitlines()
    detail = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    hint = "what was committed is in the journal: ringfence status, then the same command again"
    if not verbose:
        hint += "\n--verbose shows the trace, which belongs into a report of this bug"
    return RingfenceError("something went wrong that Ringfence did not foresee", detail=detail, hint=hint)


@contextmanager
def _ended_gently() -> Iterator[None]:
    """SIGTERM and a closed terminal end the work as Ctrl-C does: the statement at hand is cancelled on the server."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            try:
                before[number] = signal.signal(number, stop)
            except ValueError:
                break  # not the main thread: whoever runs us there has its own way to stop
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- what options mean -------------------------------------------------------------------------------------------


def url_of(database: str | None) -> str:
    """The database's URL from the option or the environment; raises NoDatabase.

    Warns when a password stands on the command line, where every user of the machine can read it.
    """
    if database:
        if passwords([database], {}):
            warn(
                "warning: the password in --database can be read by every user of this machine;"
                f" put the URL into {DATABASE_VARIABLES[0]}, or the password into ~/.pgpass"
            )
        return database
    for name in DATABASE_VARIABLES:
        found = os.environ.get(name)
        if found:
            return found
    raise NoDatabase(
        hint=f"export {DATABASE_VARIABLES[0]}=postgresql://USER@HOST:5432/DATABASE\n"
        "and the password in PGPASSWORD or ~/.pgpass",
    )


def accepted(codes: Sequence[str], reasons: Sequence[str]) -> dict[str, str]:
    """Each accepted check with its reason; raises WrongUse when somebody takes responsibility without a word."""
    if (codes and len(reasons) not in (1, len(codes))) or (reasons and not codes):
        raise WrongUse(
            f"{len(codes)} --accept and {len(reasons)} --reason do not go together",
            hint="--accept CODE --reason 'why this is acceptable', once for each check or one reason for all",
        )
    if any(not reason.strip() for reason in reasons):
        raise WrongUse("a reason must say something", hint="--reason 'why this is acceptable'")
    every = [*reasons] * len(codes) if len(reasons) == 1 else [*reasons]
    return dict(zip(codes, every, strict=True))


def asked(yes: bool, instead: str) -> bool:
    """Whether somebody must be asked before the first write; raises NotConfirmed where there is nobody to ask."""
    if yes:
        return False
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise NotConfirmed("there is no terminal to ask on; nothing was changed", hint=instead)
    return True


def confirm(question: str, instead: str) -> None:
    """Ask, and raise NotConfirmed for anything but a yes."""
    say(f"{question} [y/N] ", sys.stderr)
    answer = sys.stdin.readline()
    if answer.strip().lower() not in ("y", "yes"):
        raise NotConfirmed(hint=instead)
