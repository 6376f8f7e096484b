"""What the operator says about isolation: `[isolation]`, `[contextless]`, and what a table says of its policies."""

from __future__ import annotations

from collections.abc import Mapping

from ringfence.spec.model import ContextlessSpec, IsolationSpec
from ringfence.spec.problems import SomethingMissing, WrongValue
from ringfence.spec.reader import Section

POLICIES = ("keep", "drop")
WAYS = ("tenant", "per_tenant", "bypass", "invoker", "owner", "close")
NOTES = ("auto", "always", "never")
ONE_IN_MAX = 1_000_000
REASON_CHARACTERS_MIN = 10
MINUTES_MAX = 24 * 60


def isolation(section: Section) -> IsolationSpec:
    """Read `[isolation]`."""
    plain = IsolationSpec()
    found = IsolationSpec(
        enforce=bool(section.take("enforce", bool, "true or false", plain.enforce)),
        shadow=bool(section.take("shadow", bool, "true or false", plain.shadow)),
        note=section.choice("note", NOTES, plain.note),
        note_one_in=section.whole("note_one_in", plain.note_one_in, 1, ONE_IN_MAX),
        policies=section.choice("policies", POLICIES, plain.policies),
        owner=section.column("owner") or plain.owner,
        shared_buckets=section.texts("shared_buckets"),
        dump_role=section.column("dump_role"),
        break_glass=section.texts("break_glass"),
        break_glass_minutes_max=section.whole("break_glass_minutes_max", plain.break_glass_minutes_max, 1, MINUTES_MAX),
    )
    section.finish()
    if found.owner.startswith("pg_"):
        section.problem(WrongValue, "owner", f"owner = {found.owner!r}: names with pg_ in front are the server's own")
    return found


def contextless(section: Section) -> Mapping[str, ContextlessSpec]:
    """Read `[contextless."name"]`: who reads or writes without a tenant, and what is to become of it."""
    found: dict[str, ContextlessSpec] = {}
    for key in section.data:
        body = section.take(key, dict, 'a table such as [contextless."public.nightly()"]', None)
        if body is None:
            continue
        inner = Section(section.document, (*section.path, key), body)
        way = inner.choice("way", WAYS, None)
        reason = inner.text("reason") or ""
        run_once = bool(inner.take("run_once", bool, "true or false", False))
        inner.finish()
        if way is None:
            if "way" not in inner.data:
                inner.problem(SomethingMissing, "way", f"{key} has no way", "allowed: " + ", ".join(WAYS))
            continue
        if len(reason.strip()) < REASON_CHARACTERS_MIN:
            inner.problem(
                SomethingMissing,
                "reason",
                f"{key} has no reason that a reviewer could judge",
                'reason = "writes the profile of whoever signs up"',
            )
            continue
        found[key] = ContextlessSpec(way, reason.strip(), run_once, inner.document.where(inner.path))
    return found
