"""A plan's gates look at every login of the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.databases import SUPABASE_LOGINS, Server


@pytest.fixture(autouse=True)
def nobody_elses_logins(request: pytest.FixtureRequest, server: Server) -> Iterator[None]:
    """What other tests have left on the server is not there for a gate."""
    name = request.node.callspec.params["case"] if hasattr(request.node, "callspec") else ""
    supabase = (Path(__file__).parent / name / "supabase").exists()
    with server.strangers_kept_out(SUPABASE_LOGINS if supabase else frozenset()):
        yield
