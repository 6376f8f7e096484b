"""`ringfence.toml` to a Spec: strict about every key, and all complaints at once with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ringfence.names import InvalidName, QualifiedName
from ringfence.spec.derive import GRAMMAR, DeriveFounding, NotADerivation, parse_derive
from ringfence.spec.isolation import POLICIES, contextless, isolation
from ringfence.spec.limits import LIMITS
from ringfence.spec.locate import locate
from ringfence.spec.mapping import read_mapping
from ringfence.spec.model import (
    ApplicationSpec,
    AssignSpec,
    BackupSpec,
    ClientSpec,
    CompatibilitySpec,
    GatesSpec,
    RolesSpec,
    SoakSpec,
    Spec,
    TableSpec,
    TenantSpec,
    Where,
)
from ringfence.spec.problems import (
    BadDerivation,
    BadName,
    NotToml,
    SaidTwice,
    SomethingMissing,
    SpecInvalid,
    SpecUnreadable,
    WrongValue,
    raise_problems,
)
from ringfence.spec.reader import NAME_HINT, Document, Section, as_problem, table_name

TENANT_KEYS = (
    "derive",
    "orphans",
    "inconsistent",
    "unique",
    "references",
    "policies",
    "open_when",
    "compatibility_view",
)
SCOPES = ("tenant", "shared", "excluded", "unresolved")
RULES = ("one", "per_user", "email_domain", "column", "mapping", "sql", "adopted")
ORPHANS = ("quarantine", "stop")
INCONSISTENT = ("stop", "first_parent", "quarantine")
INDEXES = ("mirror", "keys")
VIEWS = ("auto", "always", "never")
QUIET_HOURS_MAX = 24 * 365
OBSERVATIONS_MAX = 1_000_000
_PASSWORD = re.compile(r"://[^/?#@]*:[^/?#@]+@|\bpassword\s*=", re.IGNORECASE)
BACKUP_MODES = ("dump", "external", "none")


def load_spec(path: Path) -> Spec:
    """Read the configuration file and the mapping file it names; raises SpecInvalid with every problem found."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SpecUnreadable(
            f"cannot read {path}: {reason}",
            subject=str(path),
            hint="`ringfence init --database URL` writes a first one; `--config PATH` names another place",
        ) from error
    spec = parse_spec(text, str(path))
    assign = spec.tenant.assign
    if assign.file is None:
        return spec
    entries = read_mapping(path.parent / assign.file, named_at=spec.where("tenant", "assign", "file"))
    return replace(spec, tenant=replace(spec.tenant, assign=replace(assign, entries=entries)))


def parse_spec(text: str, source: str) -> Spec:
    """Read the text of a configuration file; `source` is its name in messages.

    Touches no file: the lines of a mapping file are read by `load_spec`. Raises SpecInvalid with every problem found.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, reason = _syntax_error(error, text)
        raise NotToml(
            reason,
            where=Where(source, line),
            subject=source,
            hint='a line reads: key = "value"; a table begins with [tenant] or [tables."schema.name"]',
        ) from None
    lines = locate(text)
    document = Document(source, lines)
    top = Section(document, (), data)
    tables, key_lines = _tables(top.section("tables"))
    spec = Spec(
        source=source,
        tenant=_tenant(top.section("tenant")),
        tables=tables,
        roles=_roles(top.section("roles")),
        backup=_backup(top.section("backup")),
        isolation=isolation(top.section("isolation")),
        contextless=contextless(top.section("contextless")),
        clients=tuple(_client(section) for section in top.sections("clients")),
        compatibility=_compatibility(top.section("compatibility")),
        application=_application(top.section("application")),
        soak=_soak(top.section("soak")),
        gates=_gates(top.section("gates")),
        orphans=top.choice("orphans", ORPHANS, None),
        inconsistent=top.choice("inconsistent", INCONSISTENT, "stop"),
        indexes=top.choice("indexes", INDEXES, "mirror"),
        limits=_limits(top.section("limits")),
        lines=key_lines | {".".join(map(str, path)): line for path, line in lines.items() if path[0] != "tables"},
    )
    top.finish()
    raise_problems(document.problems, source)
    return spec


def _syntax_error(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """Line and reason out of tomllib's message, which ends in `(at line 3, column 5)` or `(at end of document)`."""
    message, _, place = str(error).partition(" (at ")
    if place.startswith("line "):
        return int(place.removeprefix("line ").partition(",")[0]), message
    return text.rstrip().count("\n") + 1, message


def _tenant(section: Section) -> TenantSpec:
    plain = TenantSpec()
    found = TenantSpec(
        column=section.column("column") or plain.column,
        type=section.text("type"),
        users=section.table_name("users"),
        users_key=section.column("users_key"),
        organizations=section.table_name("organizations") or plain.organizations,
        organizations_key=section.column("organizations_key"),
        memberships=section.table_name("memberships") or plain.memberships,
        memberships_user=section.column("memberships_user"),
        memberships_organization=section.column("memberships_organization"),
        home=section.text("home"),
        active=section.text("active"),
        founding=section.text("founding"),
        quarantine=section.text("quarantine"),
        assign=_assign(section.section("assign")),
    )
    section.finish()
    if found.organizations == found.memberships:
        section.problem(SaidTwice, "memberships", f"organizations and memberships are both {found.organizations}")
    if found.users == found.organizations:
        section.problem(SaidTwice, "organizations", f"users and organizations are both {found.organizations}")
    return found


def _assign(section: Section) -> AssignSpec:
    found = AssignSpec(
        rule=section.choice("rule", RULES, None),
        column=section.column("column"),
        public_domains=_public_domains(section),
        file=section.text("file"),
        sql=section.text("sql"),
        otherwise=section.choice("otherwise", ("per_user", "founding"), "per_user"),
    )
    section.finish()
    needs = {"column": "column", "mapping": "file", "sql": "sql"}
    takes = {
        "column": ("column",),
        "email_domain": ("column", "public_domains"),
        "mapping": ("file", "otherwise"),
        "sql": ("sql",),
    }
    if section.data and "rule" not in section.data:
        section.problem(SomethingMissing, "rule", "assign has no rule", "allowed: " + ", ".join(RULES))
        return found
    wanted = needs.get(found.rule or "")
    if wanted is not None and wanted not in section.data:
        examples = {"column": 'column = "company"', "file": 'file = "users.csv"', "sql": 'sql = "select ..."'}
        section.problem(
            SomethingMissing,
            "rule",
            f"the rule {found.rule!r} needs {wanted}",
            f'assign = {{ rule = "{found.rule}", {examples[wanted]} }}',
        )
    for key in section.data:
        if key in section.known and key != "rule" and found.rule is not None and key not in takes.get(found.rule, ()):
            section.problem(WrongValue, key, f"{key} means nothing to the rule {found.rule!r}", f"take {key} out")
    return found


def _public_domains(section: Section) -> str | tuple[str, ...]:
    if section.data.get("public_domains") == "one_each":
        section.known.append("public_domains")
        return "one_each"
    if isinstance(section.data.get("public_domains"), str):
        section.known.append("public_domains")
        section.problem(
            WrongValue,
            "public_domains",
            f"public_domains = {section.data['public_domains']!r} is not known",
            'public_domains = "one_each" for the built-in list, or your own: public_domains = ["gmail.com"]',
        )
        return ()
    return tuple(domain.strip().lower().removeprefix("@") for domain in section.texts("public_domains"))


def _tables(section: Section) -> tuple[Mapping[QualifiedName, TableSpec], dict[str, int]]:
    found: dict[QualifiedName, TableSpec] = {}
    lines: dict[str, int] = {}
    names: dict[str | int, QualifiedName] = {}
    for key in section.data:
        body = section.take(key, dict, 'a table such as [tables."public.documents"]', None)
        try:
            name = table_name(key)
        except InvalidName as error:
            section.document.problems.append(as_problem(error, BadName, section.where(key), NAME_HINT))
            continue
        if body is None:
            continue
        if name in found:
            section.problem(
                SaidTwice,
                key,
                f"{name} is described twice",
                f"the other description is at {found[name].where}; keep one of them",
            )
            continue
        inner = Section(section.document, (*section.path, key), body)
        found[name] = _table(inner, name, section.where(key))
        names[key] = name
    for path, line in section.document.lines.items():
        if path[0] == "tables" and len(path) > 1 and path[1] in names:
            lines[".".join(map(str, ("tables", names[path[1]], *path[2:])))] = line
    return found, lines


def _table(section: Section, name: QualifiedName, where: Where) -> TableSpec:
    derive = section.texts("derive")
    scope = section.choice("scope", SCOPES, "tenant" if derive else None)
    found = TableSpec(
        scope=scope or "unresolved",
        derive=derive,
        orphans=section.choice("orphans", ORPHANS, None),
        inconsistent=section.choice("inconsistent", INCONSISTENT, None),
        unique=section.choices_by_name("unique", ("tenant", "tenant_only")),
        references=section.choices_by_name("references", ("now", "later")),
        policies=section.choice("policies", POLICIES, None),
        open_when=section.text("open_when"),
        compatibility_view=section.choice("compatibility_view", VIEWS, "auto"),
        where=where,
    )
    section.finish()
    if "scope" not in section.data and "derive" not in section.data:
        section.problem(
            SomethingMissing,
            "scope",
            f"{name} has neither scope nor derive",
            'scope = "shared", or: derive = "owner_id -> auth.users"',
        )
    elif scope == "tenant" and "derive" not in section.data:
        section.problem(
            SomethingMissing,
            "scope",
            f"{name} has scope tenant but no derive says whose rows these are",
            f"derive = {GRAMMAR}",
        )
    elif scope not in ("tenant", None):
        for key in TENANT_KEYS:
            if key in section.data:
                section.problem(
                    SaidTwice, key, f"{key} belongs to tenant tables, but {name} has scope {scope!r}", f"take {key} out"
                )
    _derivations(section, derive)
    return found


def _derivations(section: Section, derive: tuple[str, ...]) -> None:
    """Check each derivation's grammar, that none stands twice, and that none comes after one that always decides."""
    seen: dict[object, int] = {}
    for index, text in enumerate(derive):
        where = section.document.where((*section.path, "derive", index))
        try:
            value = parse_derive(text)
        except (NotADerivation, InvalidName) as error:
            section.document.problems.append(as_problem(error, BadDerivation, where, f"derive = {GRAMMAR}"))
            continue
        if value in seen:
            section.document.problems.append(
                SaidTwice(f"{text!r} stands twice in derive", where=where, subject=section.title)
            )
        if any(isinstance(earlier, DeriveFounding) for earlier in seen):
            section.document.problems.append(
                SaidTwice(
                    f"{text!r} comes after 'founding', which always decides",
                    where=where,
                    subject=section.title,
                    hint="put 'founding' last",
                )
            )
        seen[value] = index


def _roles(section: Section) -> RolesSpec:
    found = RolesSpec(
        request=section.texts("request"),
        service=section.texts("service"),
        gateways=section.texts("gateways"),
        old_clients=section.texts("old_clients"),
    )
    section.finish()
    both = sorted(set(found.request) & set(found.service))
    if both:
        section.problem(
            SaidTwice,
            "service",
            f"the role {both[0]!r} is both a request and a service role",
            "request roles act for end users and obey row security; service roles bypass it",
        )
    return found


def _client(section: Section) -> ClientSpec:
    found = ClientSpec(
        login=section.text("login"),
        application=section.text("application"),
        selects_star=bool(section.take("selects_star", bool, "true or false", False)),
        tables=section.table_names("tables"),
        where=section.document.where(section.path),
    )
    section.finish()
    if "login" not in section.data and "application" not in section.data:
        section.problem(
            SomethingMissing,
            "login",
            "a client has neither login nor application",
            'login = "app", application = "desk 1.*"    # as pg_stat_activity shows them; * at the end means any rest',
        )
    return found


def _compatibility(section: Section) -> CompatibilitySpec:
    found = CompatibilitySpec(schema=section.column("schema") or CompatibilitySpec().schema)
    section.finish()
    if found.schema in ("ringfence", "information_schema") or found.schema.startswith("pg_"):
        section.problem(
            WrongValue,
            "schema",
            f"schema = {found.schema!r} is not the application's to use",
            'schema = "next"    # new code puts it first in its search_path',
        )
    return found


def _application(section: Section) -> ApplicationSpec:
    found = ApplicationSpec(sources=section.texts("sources"))
    section.finish()
    return found


def _soak(section: Section) -> SoakSpec:
    plain = SoakSpec()
    found = SoakSpec(
        old_clients_quiet_hours=section.whole(
            "old_clients_quiet_hours", plain.old_clients_quiet_hours, 1, QUIET_HOURS_MAX
        ),
        shadow_hours=section.whole("shadow_hours", plain.shadow_hours, 0, QUIET_HOURS_MAX),
    )
    section.finish()
    return found


def _gates(section: Section) -> GatesSpec:
    plain = GatesSpec()
    found = GatesSpec(
        shadow_observations_min=section.whole(
            "shadow_observations_min", plain.shadow_observations_min, 1, OBSERVATIONS_MAX
        )
    )
    section.finish()
    return found


def _backup(section: Section) -> BackupSpec:
    found = BackupSpec(
        mode=section.choice("mode", BACKUP_MODES, "dump"),
        directory=section.text("directory"),
        jobs=section.whole("jobs", 2, 1, 64),
        name=section.text("name"),
        scratch_url=section.text("scratch_url"),
        exclude_schemas=section.texts("exclude_schemas"),
    )
    section.finish()
    if found.scratch_url is not None and _PASSWORD.search(found.scratch_url):
        # the plan is stored in the database and shown to people, and the file goes into version control
        section.problem(
            WrongValue,
            "scratch_url",
            "scratch_url holds a password",
            "take it out and give it as PGPASSWORD or in a password file (~/.pgpass)",
        )
        found = replace(found, scratch_url=None)
    if found.mode == "external" and found.name is None and "name" not in section.data:
        section.problem(
            SomethingMissing,
            "mode",
            "an external backup needs its name",
            'name = "nightly 2030-01-31"    # how you find it again; it is written into the journal',
        )
    return found


def _limits(section: Section) -> Mapping[str, int | float]:
    found: dict[str, int | float] = {}
    for key, rule in LIMITS.items():
        section.known.append(key)
        if key not in section.data:
            continue
        value: Any = section.data[key]
        kinds = (int,) if rule.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not rule.low <= value <= rule.high:
            what = "a whole number" if rule.whole else "a number"
            section.problem(
                WrongValue,
                key,
                f"{key} = {value!r} must be {what} of {rule.unit} between {rule.low:g} and {rule.high:g}",
                f"{key}: {rule.meaning}",
            )
            continue
        found[key] = value
    section.finish()
    return found


__all__ = ["SpecInvalid", "load_spec", "parse_spec", "read_mapping"]
