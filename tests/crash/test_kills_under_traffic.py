"""Random kills while an old application writes: it sees no error, and everything it was told is stored is there."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from ringfence.catalog.compare import compare, describe
from support.databases import Server
from support.faults import tally
from support.faults.marks import Ended, Mark
from support.faults.migrator import Nursery
from support.faults.states import left_behind
from support.faults.tally import Tally
from support.faults.worlds import Twins, twins
from support.faults.writers import Traffic

SEED = 31
MARKS_MAX = 60
"""A life passes by so many marks at most; the whole way has some hundreds."""
SHORT_LIVES, ALL_LIVES = 8, 200


@pytest.mark.timeout(1200)
def test_random_kills_under_traffic(server: Server, nursery: Nursery, counting: tally.Counting, tmp_path: Path) -> None:
    """Forward, back and forward again, killed at random; the catalog and the gates end as without a fault."""
    counts = counting("random kills under traffic")
    with twins(server, nursery, tmp_path, "documents") as pair:
        catalogs = {verb: pair.in_peace(verb).state.catalog for verb in ("apply", "revert")}
        chance = random.Random(SEED)
        number = tally.how_many(SHORT_LIVES, ALL_LIVES)
        with Traffic(pair.faulty, SEED) as traffic:
            for verb in itertools.cycle(("apply", "revert")):
                while counts.faults < number and not isinstance(live_and_die(pair, verb, chance, counts), Ended):
                    pass
                ended = nursery.start(pair.order(verb)).finish()
                assert ended.outcome == "finished", ended
                different = describe(compare(catalogs[verb], pair.case.catalog()))
                counts.different_end_states += bool(different)
                assert different == ""
                counts.left_behind += len(left_behind(pair.faulty))
                if counts.faults >= number and verb == "apply":
                    break
        counts.writes, counts.failed_writes = traffic.acknowledged, len(traffic.failed)
        judged = traffic.judge()
        counts.lost, counts.duplicated = len(judged.lost), len(judged.duplicated)
        counts.wrong_tenant = len(judged.wrong_tenant)
        assert traffic.failed == []
        assert judged.lost == ()
        assert judged.duplicated == ()
        assert judged.wrong_tenant == ()
        assert counts.clean, counts
        assert counts.writes > number
        plan = pair.case.plan()
        assert pair.case.inconsistencies(plan) == []


def live_and_die(pair: Twins, verb: str, chance: random.Random, counts: Tally) -> Mark | Ended:
    """One life that ends at a random mark, or at a random moment after one."""
    left = chance.randint(1, MARKS_MAX)
    works_on = chance.random() < 0.5

    def here(_: Mark) -> bool:
        nonlocal left
        left -= 1
        return left <= 0

    return pair.live(verb, here, counts, works_on=works_on)
