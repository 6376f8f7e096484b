"""A plan's gates look at every login of the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.databases import SUPABASE_LOGINS, Server


@pytest.fixture(autouse=True)
def nobody_elses_logins(request: pytest.FixtureRequest, server: Server) -> Iterator[None]:
    """What other tests have left on the server is not there for a gate."""
    supabase = "supabase_database" in request.fixturenames
    with server.strangers_kept_out(SUPABASE_LOGINS if supabase else frozenset()):
        yield
