"""`python -m ringfence.demo`: the main job on a PostgreSQL of our own. Needs no server, no root, no network."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from ringfence.demo import seed
from ringfence.demo.ending import conclude
from ringfence.demo.show import Show
from ringfence.demo.story import stage, tell
from ringfence.demo.telling import Options, Stopped, Story
from ringfence.errors import RingfenceError

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Tell the story; 0 when everything held, 1 when something did not, 130 when it was interrupted."""
    options = _parser().parse_args(arguments)
    show = Show()
    show.title(
        "Ringfence",
        "From one database for everybody to one tenant per company, while everybody works: forth, and back.",
    )
    try:
        told = Options(options.rows, options.rate, options.seconds, options.naive, options.storage)
        with stage(told, options.report, show) as story:
            try:
                tell(story)
            except Stopped:
                pass  # its problems are on the page already
            except RingfenceError as error:
                story.problems.append(f"{error.code} {error.message}")
                show.bad(str(error))
            report = conclude(story)
            if options.keep:
                _keep(story, show)
    except RingfenceError as error:
        show.bad(str(error))
        return 1
    except KeyboardInterrupt:
        show.say("Stopped. The demo's server and data are gone.")
        return INTERRUPTED
    return 0 if report.ok else 1


def _keep(story: Story, show: Show) -> None:
    """Leave the server running until somebody presses Ctrl-C."""
    show.chapter("Look around", "The server runs until you press Ctrl-C; then it and its data are gone.")
    show.console.print(f'   psql "{story.url}"', soft_wrap=True)
    show.console.print(f'   ringfence apply --config {story.config} --database "{story.url}"', soft_wrap=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        show.console.print()


def _rows(text: str) -> int:
    try:
        rows = int(text.replace("_", "").replace(",", ""))
        seed.amounts(rows)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ringfence.demo",
        description="Shows Ringfence's main job on an application made for it, with a PostgreSQL server of its own.",
        epilog="Exit code: 0 everything held, 1 something did not (report.json says what), 130 interrupted.",
    )
    parser.add_argument(
        "--rows",
        type=_rows,
        default=seed.ROWS_DEFAULT,
        metavar="N",
        help=f"documents to begin with, other tables in proportion (default {seed.ROWS_DEFAULT:,})",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=120.0,
        metavar="N",
        help="HTTP requests a second (default 120), beside old programs",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=165.0,
        metavar="N",
        help="of which the calm parts take their shares (default 165)",
    )
    parser.add_argument(
        "--naive",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also run the same change as people do it, for comparison",
    )
    parser.add_argument(
        "--storage", default="", metavar="URL", help="where uploads go: a folder or s3://bucket?endpoint=.. (a folder)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the server running at the end, to look around")
    parser.add_argument(
        "--report", type=Path, default=Path("demo-report"), metavar="DIR", help="where report.json goes (demo-report)"
    )
    return parser


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # both ask politely: end the writers, stop the server, remove what was temporary
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    sys.exit(main())
