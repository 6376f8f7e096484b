"""How the story begins: the application as it is, what Ringfence finds out, and what would happen."""

from __future__ import annotations

import json
import tomllib
from importlib import resources

from ringfence import db, verbs
from ringfence.backup.digest import digest_targets
from ringfence.backup.pg import digest_tables
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.demo import pg
from ringfence.demo.show import counted
from ringfence.demo.telling import Story
from ringfence.plan import prose
from ringfence.plan.model import Plan

BACKUP_LINE = 'directory = "ringfence-backups"'


def before(story: Story) -> Catalog:
    """The desk with its data; its catalog, for the end."""
    story.show.chapter(
        "The application as it is",
        "A document desk as people build it on Supabase: seven tables and a price list, for everybody. It knows "
        "users and documents, but no companies. Its server bypasses row security, some of its endpoints forget to "
        "ask whose document it is, and one policy shows every profile to every user.",
    )
    with story.show.waiting("loading the application and its data"):
        pg.load(story.url, story.options.rows)
    with db.connect(story.url) as conn:
        original = read_catalog(conn)
        story.digests = digest_tables(conn, digest_targets(original))
        people = pg.count_people(conn)
    story.server_version = original.server_version
    held = {name: digest.rows for name, digest in story.digests.items() if name.schema == "public"}
    story.show.table(("table", "rows"), [(str(name), f"{rows:,}") for name, rows in held.items()], numbers=("rows",))
    story.show.say(
        f"{counted(sum(held.values()), 'row')} and {counted(people, 'user')} on PostgreSQL "
        f"{prose_version(original.server_version)}, loaded in {story.clock.lap():.1f} s. "
        "Its catalog is remembered for the end."
    )
    return original


def suggestion(story: Story) -> None:
    """What `ringfence init` writes, beside what this story uses."""
    story.show.chapter(
        "What Ringfence finds out by itself",
        "It reads the catalog, and the data where names are all there is, and says whose row each row is.",
        "ringfence init",
    )
    with story.show.waiting("reading the catalog"):
        found = verbs.init(story.url, None)
    (story.report_dir / "suggested.toml").write_text(found.text, encoding="utf-8")
    _write_config(story)
    suggested, used = _tables(found.text), _tables(story.config.read_text(encoding="utf-8"))
    story.show.table(
        ("table", "suggested", "used here"),
        [
            (name, suggested.get(name, "-"), "the same" if suggested.get(name) == rule else rule)
            for name, rule in used.items()
        ],
    )
    undecided = f" It leaves {', '.join(found.unresolved)} to a person." if found.unresolved else ""
    story.show.say(
        f"Organizations follow from mail domains here; that is a person's decision.{undecided} "
        f"Both files are in {story.report_dir}.",
    )


def plan(story: Story) -> None:
    """The phases in numbers, before any of them runs."""
    story.show.chapter(
        "What would happen",
        "Every statement, with its lock, its time limit and its undo, before anything runs.",
        "ringfence plan",
    )
    with story.show.waiting("planning"):
        plan = verbs.plan(story.url, story.config)
    story.show.table(
        ("phase", "", "steps", "statements", "strongest lock, each at most 50 ms at a time", "one-way"),
        [_plan_line(plan, index) for index in range(len(plan.phases))],
        numbers=("steps", "statements"),
    )
    story.clock.lap()


def _write_config(story: Story) -> None:
    text = (resources.files("ringfence.demo") / "ringfence.toml").read_text(encoding="utf-8")
    # a JSON string is a TOML string; the backup of a demo is not worth keeping
    text = text.replace(BACKUP_LINE, f"directory = {json.dumps(str(story.scratch / 'backups'))}")
    story.config.write_text(text, encoding="utf-8")


def prose_version(version: int) -> str:
    """`18.4` for 180004."""
    return f"{version // 10000}.{version % 10000}"


def _tables(text: str) -> dict[str, str]:
    """Per table of the application what a configuration says of it, in a few words."""
    found: dict[str, str] = {}
    for name, rule in tomllib.loads(text).get("tables", {}).items():
        derive = rule.get("derive", ())
        first = derive if isinstance(derive, str) else next(iter(derive), "")
        found[name] = first or rule.get("scope", "")
    return found


def _plan_line(plan: Plan, index: int) -> tuple[str, ...]:
    n = prose.numbers(plan.phases[index])
    one_way = f"{n.one_way}" if n.one_way else "none"
    return (str(n.phase.number), n.phase.name, str(n.steps), str(n.statements), prose.lock_name(n.strongest), one_way)
