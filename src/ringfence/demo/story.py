"""The demo's story: a desk at work, forward under its traffic, half of it back and forward again, all of it back.

Nothing stops meanwhile. The users' process counts what they notice; this one gives the orders and writes the report.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from ringfence.demo import judging, pg
from ringfence.demo.chapters import back, beginning, forward, isolation, moving, shadow, tokens
from ringfence.demo.chapters.tokens import TENANT
from ringfence.demo.processes import DeskProcess, Secrets, TrafficProcess
from ringfence.demo.show import Clock, Show
from ringfence.demo.telling import Options, Story
from ringfence.embedded import MAJOR_PREFERRED, EmbeddedServer, ServerBinariesMissing
from ringfence.runtime.envelope import KeysSecret
from ringfence.runtime.seal import SealKey

DATABASE = "desk"
RETURNING = ("--tokens", "returning")
SERVER_SETTINGS = {"wal_level": "logical", "max_wal_size": "2GB", "log_min_duration_statement": "-1"}


def tell(story: Story) -> None:
    """All chapters; raises Stopped when one of them makes the next one pointless."""
    original = beginning.before(story)
    beginning.suggestion(story)
    beginning.plan(story)
    key = SealKey.generate(1)
    signing = KeysSecret.generate(1)
    told = Secrets(
        story.url,
        secrets.token_urlsafe(32),
        secrets.token_urlsafe(16),
        key.to_text(),
        signing.to_text(),
        secrets.token_urlsafe(32),
    )
    storage = story.options.storage or story.scratch / "files"
    with contextlib.ExitStack() as stack:

        def start(version: str, arguments: Sequence[str] = (), faults: str = "") -> DeskProcess:
            log = story.log(version)
            return stack.enter_context(DeskProcess(version, storage, told, log, arguments, faults=faults))

        with story.show.waiting("starting the application and its users"):
            before = start("before")
            users = stack.enter_context(TrafficProcess(before, told, story.options.rate, story.scratch))
        story.timeline.began = users.began
        story.waits = stack.enter_context(judging.LockWatch(story.url))
        forward.at_work(story, users)
        forward.forward(story, users)
        forward.where_we_are(story)
        after = start("after")
        forward.new_version(story, users, after)
        forward.half_way_back(story, users, after)
        tokens.applied(story, users, signing)
        servers = tokens.believed(story, users, start, (before, after))
        tokens.upgraded(story, users)
        sound = moving.endpoints(story, users, servers, start)
        after = start("after", TENANT)
        isolation.old_ones_gone(story, users, sound, after)

        def process(version: str, arguments: Sequence[str] = ()) -> DeskProcess:
            return DeskProcess(version, storage, told, story.log(version), (*TENANT, *arguments))

        with contextlib.ExitStack() as trial:
            shadow.tried(story, users, key, partial(process, "after"), partial(process, "isolated"), trial)
            isolation.isolated(story, users, after, partial(process, "isolated"))
        again = start("before", RETURNING)
        isolation.old_ones_return(story, users, again, after)
        after.stop()
        tokens.handed_back(story, users)
        back.back(story, users, original)
        with story.show.waiting("the users leave"):
            story.traffic = users.end()
        story.timeline.end()
    back.nobody_there(story, original)
    if story.options.naive:
        back.naive_way(story)


@contextlib.contextmanager
def stage(options: Options, report_dir: Path, show: Show) -> Iterator[Story]:
    """A server of our own with an empty database, for as long as the block lasts."""
    report_dir.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="ringfence-demo-") as scratch:
        with show.waiting("starting PostgreSQL"):
            server = _start()
        with server:
            pg.create_database(server.url(), DATABASE)
            yield Story(server.url(DATABASE), options, report_dir, Path(scratch), show, clock)


def _start() -> EmbeddedServer:
    try:
        return EmbeddedServer.start(major=MAJOR_PREFERRED, settings=SERVER_SETTINGS)
    except ServerBinariesMissing:
        return EmbeddedServer.start(
            settings=SERVER_SETTINGS
        )  # the newest there is, or the error that says what to install
