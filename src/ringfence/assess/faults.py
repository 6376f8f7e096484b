"""Names for the ways that tie a row to nobody: one fault for each open way of a clause that decides alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from ringfence.assess.facts import Flag, Judged
from ringfence.assess.policies import COMMANDS, Clause, Exposure, Protection
from ringfence.assess.terms import Inner
from ringfence.assess.ways import joined
from ringfence.tenancy.model import Scope


class Fault(Enum):
    """Why a way is open; each has a rule of its own."""

    TRUE = "true"
    EDITABLE = "editable"
    UNSET = "unset"
    CAPTURE = "capture"
    INVERTED = "inverted"
    NULL_ROWS = "null rows"
    SHARED_ROLE = "shared role"
    UNFILTERED = "unfiltered"
    SIGNED_IN = "signed in"
    PRIVILEGED = "privileged"
    PUBLIC_ROWS = "public rows"
    PRECEDENCE = "precedence"


@dataclass(frozen=True, slots=True)
class Opening:
    """One clause that is open in one or more ways of the same kind, and where it decides alone."""

    clause: Clause
    fault: Fault
    ways: tuple[Judged, ...]
    exposures: tuple[Exposure, ...]

    @property
    def commands(self) -> str:
        """The commands it opens, as letters in the order of COMMANDS."""
        found = {exposure.command for exposure in self.exposures}
        return "".join(letter for letter in COMMANDS if letter in found)

    @property
    def only_reads(self) -> bool:
        """Nothing can be written through it."""
        return self.commands == "r"

    @property
    def who(self) -> str:
        """The roles it is open for."""
        return ", ".join(sorted({exposure.role for exposure in self.exposures}))

    @property
    def what(self) -> str:
        """`SELECT, UPDATE by anon`."""
        return f"{', '.join(COMMANDS[letter] for letter in self.commands)} by {self.who}"


def openings(protection: Protection) -> Mapping[Fault, tuple[Opening, ...]]:
    """Every opening of a database by fault, in the order of tables and policies."""
    found: dict[Fault, list[Opening]] = {}
    for clause in protection.active:
        for opening in _of(protection, clause):
            found.setdefault(opening.fault, []).append(opening)
    return {fault: tuple(those) for fault, those in found.items()}


def _of(protection: Protection, clause: Clause) -> Iterator[Opening]:
    """The open ways of a clause, each with what restrictive policies ask besides."""
    if all(way.safe for way in clause.ways):
        return
    shared = protection.scope(clause.table) is Scope.SHARED
    opened = protection.opened(clause.table)
    grouped: dict[Fault, dict[Judged, None]] = {}
    where: dict[Fault, list[Exposure]] = {}
    for exposure in protection.exposures(clause):
        if shared and exposure.command == "r":
            continue  # reading what the spec calls shared is what sharing means
        ways = joined(clause.ways, *(floor.ways for floor in protection.below(clause, exposure)))
        for way in ways:
            if not way.safe and not (exposure.command == "r" and any(said.way <= way.way for said in opened)):
                fault = _fault(way, ways)
                grouped.setdefault(fault, {})[way] = None
                if exposure not in where.setdefault(fault, []):
                    where[fault].append(exposure)
    for fault, those in grouped.items():
        yield Opening(clause, fault, tuple(those), tuple(where[fault]))


def _fault(way: Judged, ways: Sequence[Judged]) -> Fault:
    """What is wrong with a way that binds nothing, the most telling first."""
    inner = any(isinstance(term, Inner) for term in way.seen)
    if not way.way:
        return Fault.TRUE
    if way.editable or (way.session and all(word.source == "client" for word in way.session)):
        return Fault.EDITABLE
    for flag, fault in (
        (Flag.UNSET, Fault.UNSET),
        (Flag.CAPTURED, Fault.CAPTURE),
        (Flag.INVERTED, Fault.INVERTED),
        (Flag.NO_TENANT, Fault.NULL_ROWS),
    ):
        if flag in way.flags:
            return fault
    if way.by_role:
        return Fault.SHARED_ROLE
    if not way.session and inner:
        return Fault.UNFILTERED
    signed_in = all(Flag.SIGNED_IN in fact.flags for fact in way.way if not _only_own(fact.seen))
    if not way.session or (way.own and signed_in):
        return Fault.PRECEDENCE if _binds_closer(way, ways) else Fault.PUBLIC_ROWS
    return Fault.SIGNED_IN if signed_in else Fault.PRIVILEGED


def _only_own(seen: frozenset[object]) -> bool:
    return all(type(term).__name__ == "Own" for term in seen)


def _binds_closer(way: Judged, ways: Sequence[Judged]) -> bool:
    """`a or b and tenant`: another way has a condition like this one, and the binding besides."""
    return any(
        other.bound and any(not fact.edges and _only_own(fact.seen) and fact.seen for fact in other.way)
        for other in ways
        if other is not way
    )
