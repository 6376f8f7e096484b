"""What the operator says about tokens and sessions: `[authenticate]`."""

from __future__ import annotations

from ringfence.spec.model import AuthenticateSpec
from ringfence.spec.reader import Section

SEVERAL = ("refuse", "home")
LIFETIME_DAYS_MAX = 3650


def authenticate(section: Section) -> AuthenticateSpec:
    """Read `[authenticate]`."""
    plain = AuthenticateSpec()
    hook = section.texts("hook")
    found = AuthenticateSpec(
        enabled=bool(section.take("enabled", bool, "true or false", plain.enabled)),
        hook=hook if "hook" in section.data else None,
        issuers=section.texts("issuers"),
        verifiers=section.texts("verifiers"),
        several=section.choice("several", SEVERAL, plain.several),
        sessions=section.table_name("sessions"),
        sessions_key=section.column("sessions_key") or plain.sessions_key,
        sessions_live=section.text("sessions_live"),
        role_column=section.column("role_column"),
        suspended=section.text("suspended"),
        legacy_lifetime_days=section.whole("legacy_lifetime_days", plain.legacy_lifetime_days, 1, LIFETIME_DAYS_MAX),
    )
    section.finish()
    return found
