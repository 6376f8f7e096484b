"""What a session says of itself: claims, settings and the role, whichever function or operator asks for them."""

from __future__ import annotations

from dataclasses import replace

from ringfence.assess.terms import NULL, Apply, Coalesce, Const, Query, Session, Term, children
from ringfence.names import QualifiedName

_CLIENT_SETTINGS = frozenset(
    ("request.headers", "request.cookies", "request.path", "request.method", "request.query", "application_name")
)
"""Settings that PostgREST or the driver fills with what the caller sent."""
_CLIENT_CLAIMS = frozenset({"user_metadata", "raw_user_meta_data"})
_CLAIMS = frozenset({"request.jwt.claims", "request.jwt.claim"})
PLATFORM = {
    QualifiedName("auth", "uid"): Session("claim", "sub"),
    QualifiedName("auth", "jwt"): Session("claim"),
    QualifiedName("auth", "role"): Session("claim", "role"),
    QualifiedName("auth", "email"): Session("claim", "email"),
}
"""Functions of the platform that are known by name."""


def json_step(left: Term, op: str, right: Term) -> Term:
    """`->`, `->>`, `#>` and `#>>`: one step further into a claim."""
    if (
        isinstance(left, Session)
        and left.source == "claim"
        and isinstance(right, Const)
        and isinstance(right.value, str)
    ):
        step = right.value.strip("{}").replace(",", ".") if op.startswith("#") else right.value
        return claim(f"{left.key}.{step}" if left.key else step)
    if isinstance(left, Session):
        return left
    if isinstance(left, Query):  # (select auth.jwt()) -> 'a'
        return replace(
            left,
            selects=tuple(
                replace(s, outputs=tuple(json_step(o, op, right) for o in s.outputs[:1])) for s in left.selects
            ),
        )
    return Apply(op, (left, right))


def claim(path: str) -> Session:
    """A claim by its path; what stands below user_metadata is the user's own to write."""
    return Session("client" if path.split(".", maxsplit=1)[0] in _CLIENT_CLAIMS else "claim", path)


def setting(name: str) -> Session:
    """What current_setting(name) says."""
    if name in _CLAIMS:
        return Session("claim")
    if name.startswith("request.jwt.claim."):
        return claim(name.removeprefix("request.jwt.claim."))
    if name in _CLIENT_SETTINGS or name.startswith(("request.header.", "request.cookie.")):
        return Session("client", name)
    return Session("role") if name == "role" else Session("setting", name)


def builtin(name: str, args: tuple[Term, ...]) -> Term | None:
    """A function of the server that asks the session, or only passes its argument on."""
    match name:
        case "current_setting":
            first = args[0] if args else NULL
            return (
                setting(first.value.lower())
                if isinstance(first, Const) and isinstance(first.value, str)
                else Session("setting")
            )
        case "current_user" | "session_user" | "getpgusername":
            return Session("role")
        case "btrim" | "lower" | "upper" | "to_jsonb" | "unnest" | "any_value" | "min" | "max" | "array_agg" if (
            len(args) == 1
        ):
            return args[0]
        case "nullif":
            return args[0]
        case "coalesce":
            return Coalesce(args)
        case "jsonb_extract_path_text" | "json_extract_path_text" | "jsonb_extract_path" | "json_extract_path":
            value = args[0]
            for step in args[1:]:
                for part in children(step) if isinstance(step, Apply) else (step,):
                    value = json_step(value, "->", part)
            return value
        case "jsonb_array_elements_text" | "jsonb_array_elements" | "json_array_elements_text" | "json_array_elements":
            return args[0]
        case _:
            return None
