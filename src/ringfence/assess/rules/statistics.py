"""Views of the server that tell one tenant what the others ask for."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.names import display_ident, quote_ident

TEXTS = ("pg_stat_statements", "pg_stat_statements_info", "pg_stat_monitor", "pg_store_plans")


def statement_texts(scene: Scene) -> Iterable[Found]:
    """Texts of one's own role are visible, and the role is everybody's: X14."""
    for view in scene.catalog.views:
        if view.name.name not in TEXTS:
            continue
        who, grants = surface.given(scene, "r", view.acl, view.owner)
        if who and view.name.name != "pg_stat_statements_info":
            yield Found(
                str(view.name),
                f"{surface.roles_text(who)} may read the statements of its own role, which every tenant shares",
                detail="literals in DO blocks and utility statements stand there in clear",
                hint=surface.take_back("r", view.name.sql, grants),
            )


def shared_login(scene: Scene) -> Iterable[Found]:
    """pg_stat_activity shows the sessions of one's own login: X7."""
    for role in surface.request_roles(scene):
        others = [g for g in surface.gateways(scene) if g.name not in (role.name, scene.catalog.current_user)]
        if role.login and not others:
            yield Found(
                f"role {display_ident(role.name)}",
                "logs in for every tenant: in pg_stat_activity each sees the statements of all",
                detail=("behind a login that may only SET ROLE to it, statements belong to that login and are hidden"),
                hint=(
                    f"create role {quote_ident(role.name[:55] + '_gateway')} login noinherit;  -- and a password\n"
                    f"grant {quote_ident(role.name)} to {quote_ident(role.name[:55] + '_gateway')};\n"
                    f"alter role {quote_ident(role.name)} nologin;  -- when the application has changed its login"
                ),
            )


RULES = (
    rule("STATEMENT-TEXTS", "Statements of all tenants can be read", Severity.LOW, statement_texts),
    rule("SHARED-LOGIN", "All tenants share one login", Severity.LOW, shared_login),
)
