"""The limits of the file are the limits of a run."""

from __future__ import annotations

import dataclasses

from ringfence.spec.limits import LIMITS
from ringfence.tenancy.model import Limits


def test_every_limit_can_be_set_and_its_default_is_within_bounds() -> None:
    """The file knows exactly the fields of Limits, of the same kind, and allows their defaults."""
    fields = {f.name: getattr(Limits(), f.name) for f in dataclasses.fields(Limits)}

    assert set(LIMITS) == set(fields)
    for name, rule in LIMITS.items():
        assert rule.low <= fields[name] <= rule.high
        assert rule.whole == isinstance(fields[name], int)
