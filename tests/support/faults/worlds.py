"""The same case twice: one database that is left in peace, and one that has faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.cases import Case
from support.databases import Database, Server, unique_name
from support.faults.marks import Ended, Mark
from support.faults.migrator import Nursery, Order
from support.faults.states import State, left_behind, state
from support.faults.tally import Tally

OPENING = ("PlanAdopted", "RunStarted", "RunEnded", "Accepted")
"""Entries of a run that has not begun to work; the time to resume ends after them."""
CASES = Path(__file__).parents[2] / "cases"


@dataclass(frozen=True)
class Peace:
    """A run without a fault."""

    state: State
    marks: tuple[Mark, ...]


@dataclass
class Twins:
    """A case and its copy: byte for byte the same rows, since one database was made from the other."""

    case: Case
    peaceful: Database
    faulty: Database
    nursery: Nursery

    def order(self, verb: str, *, url: str | None = None, reconnect_wait_s: float = 0.02) -> Order:
        """What a migrator of the database with faults is told."""
        return Order(verb, url or self.faulty.url, self.case.config, reconnect_wait_s=reconnect_wait_s)

    def state(self, database: Database) -> State:
        """The state of one of the two."""
        return state(database, self.case.catalog_at_start)

    def in_peace(self, verb: str) -> Peace:
        """Carry a verb out on the other database; the state it leaves, and where it passed by."""
        marks: list[Mark] = []
        with self.nursery.start(self.order(verb, url=self.peaceful.url)) as migrator:
            while isinstance(said := migrator.next(), Mark):
                marks.append(said)
        assert said == Ended("finished"), said
        return Peace(self.state(self.peaceful), tuple(marks))

    def live(self, verb: str, here: Callable[[Mark], bool], counts: Tally, *, works_on: bool = False) -> Mark | Ended:
        """One life with the faults: until a mark is where it is to die, or to its end; says which.

        One that works on is told to go on from its mark and dies in the middle of whatever it does then.
        """
        began = time.monotonic()
        at_work = False

        def wanted(mark: Mark) -> bool:
            nonlocal at_work
            if not at_work and mark.kind not in OPENING:
                at_work = True
                if counts.faults:
                    counts.resume_s.append(time.monotonic() - began)
            return here(mark)

        with self.nursery.start(self.order(verb)) as migrator:
            said = migrator.until(wanted)
            if works_on and isinstance(said, Mark):
                migrator.go()
            counts.faults += migrator.kill()
        return said

    def settle(self, verb: str, expected: State, counts: Tally) -> None:
        """Finish what faults interrupted, and hold the end against the peaceful one; every difference is counted."""
        self.judge(self.nursery.start(self.order(verb)).finish(), expected, counts)

    def judge(self, ended: Ended, expected: State, counts: Tally) -> None:
        """Hold an end against the peaceful one; every difference is counted, and fails the test."""
        left = left_behind(self.faulty)
        different = expected.differences(self.state(self.faulty))
        counts.left_behind += len(left)
        counts.different_end_states += bool(different) or ended.outcome != "finished"
        assert ended.outcome == "finished", ended
        assert different == "", different
        assert left == {}, left


@contextmanager
def twins(
    server: Server, nursery: Nursery, scratch: Path, load: Callable[[Database], Case] | str, template: str | None = None
) -> Iterator[Twins]:
    """A case in three databases: as it was loaded, one for the run in peace, one for the run with faults."""
    origin = Database(server, unique_name("rf_origin"))
    if template is None:
        server.create_database(origin.name)
    else:
        server.clone_supabase(origin.name, template)
    made = [origin]
    try:
        case = Case.load(CASES / load, origin, scratch) if isinstance(load, str) else load(origin)
        for _ in range(2):
            copy = Database(server, unique_name("rf_twin"))
            if template is None:
                server.create_database(copy.name, origin.name)
            else:
                server.clone_supabase(copy.name, origin.name)
            made.append(copy)
        case.database = made[2]
        yield Twins(case, made[1], made[2], nursery)
    finally:
        for database in reversed(made):
            database.close()
