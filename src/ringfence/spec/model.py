"""What the operator wants: `ringfence.toml` as frozen values, close to the file, not yet checked against a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.names import QualifiedName


@dataclass(frozen=True, slots=True)
class Where:
    """A place in the file, for errors that come later (a table that does not exist)."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class MappingEntry:
    """One line of a mapping file."""

    user_key: str
    organization: str
    home: bool


@dataclass(frozen=True, slots=True)
class AssignSpec:
    """`[tenant] assign`: how organizations are given to users."""

    rule: str | None = None
    """one | per_user | email_domain | column | mapping | sql | adopted.

    None: adopted for adopted organizations, per_user otherwise.
    """
    column: str | None = None
    public_domains: str | tuple[str, ...] = ()
    """'one_each' takes the built-in list of public mail domains; a list names them."""
    file: str | None = None
    sql: str | None = None
    otherwise: str = "per_user"
    entries: tuple[MappingEntry, ...] = ()
    """The lines of `file`, once `load_spec` has read it."""


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """`[tenant]`."""

    column: str = "client_id"
    type: str | None = None
    users: QualifiedName | None = None
    users_key: str | None = None
    organizations: QualifiedName = QualifiedName("public", "organizations")
    organizations_key: str | None = None
    memberships: QualifiedName = QualifiedName("public", "user_organizations")
    memberships_user: str | None = None
    memberships_organization: str | None = None
    home: str | None = None
    """A boolean column of an adopted memberships table, or columns to order by: 'first:created_at,id'."""
    active: str | None = None
    founding: str | None = None
    """Name of the founding organization, or for adopted ones the key of an existing organization."""
    quarantine: str | None = None
    """For adopted organizations: key of the one that receives orphans."""
    assign: AssignSpec = field(default_factory=AssignSpec)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """`[tables."schema.name"]`."""

    scope: str
    """tenant | shared | excluded | unresolved."""
    derive: tuple[str, ...] = ()
    """'column -> schema.table', '(a, b) -> schema.table', 'own:column', 'founding'; tried in order (spec/derive.py)."""
    orphans: str | None = None
    inconsistent: str | None = None
    unique: Mapping[str, str] = field(default_factory=dict)
    """Constraint name to 'tenant' (add the scoped one) or 'tenant_only' (retire the old one too)."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Foreign key name to 'now' or 'later'."""
    policies: str | None = None
    """keep | drop: what becomes of the application's own policies in phase 6; None: as `[isolation]` says."""
    open_when: str | None = None
    """SQL condition over the row's columns for rows that everybody may read."""
    compatibility_view: str = "auto"
    """auto | always | never: whether old clients reach the table through a view of its old columns."""
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class RolesSpec:
    """`[roles]`."""

    request: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    old_clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IsolationSpec:
    """`[isolation]`: whether and how tenants are kept apart by the database itself."""

    enforce: bool = False
    """The plan has the phases that enforce isolation."""
    policies: str = "keep"
    """keep: the application's own policies stay as rules within a tenant; drop: the tenant decides alone."""
    shadow: bool = True
    """Phase 4 tries it on a canary role and by comparing statements, before phase 6."""
    note: str = "auto"
    """Whether phase 4 notes what enforcement would hide: auto, where no query loses an index by it; always; never."""
    note_one_in: int = 100
    """Of so many statements on a table one is looked at."""
    owner: str = "ringfence_owner"
    """The role that is to own every tenant table; nobody logs in as it and row security binds it."""
    shared_buckets: tuple[str, ...] = ()
    """Buckets of Storage whose files are read by every tenant."""
    dump_role: str | None = None
    """Who makes dumps; None: the migrating role."""
    break_glass: tuple[str, ...] = ()
    """Logins that may pass row security for a while, with a reason that is kept."""
    break_glass_minutes_max: int = 60


@dataclass(frozen=True, slots=True)
class AuthenticateSpec:
    """`[authenticate]`: whether and how tokens get the tenant, and what is known of the old ones."""

    enabled: bool = False
    """The plan has phase 3."""
    hook: tuple[str, ...] | None = None
    """Who calls the token hook; None: supabase_auth_admin where the users are in schema auth and the server has it."""
    issuers: tuple[str, ...] = ()
    """Logins that start, refresh, switch and end sessions."""
    verifiers: tuple[str, ...] = ()
    """Logins that find the organization of tokens without tenant, and count."""
    several: str = "refuse"
    """refuse | home: what a user with several organizations gets who has chosen none."""
    sessions: QualifiedName | None = None
    """The table in which a session must be; None: auth.sessions where there is one."""
    sessions_key: str = "id"
    sessions_live: str | None = None
    """SQL condition over its columns for sessions that have not ended."""
    role_column: str | None = None
    """The memberships' column with the role within the organization."""
    suspended: str | None = None
    """SQL condition over the organizations' columns for those nobody may act for."""
    legacy_lifetime_days: int = 30


@dataclass(frozen=True, slots=True)
class ContextlessSpec:
    """One entry of `[contextless]`: somebody who reads or writes tenant tables without a tenant."""

    way: str
    """tenant | per_tenant | bypass | invoker | owner | close."""
    reason: str
    run_once: bool = False
    """It may be run before FORCE, in a transaction that is rolled back."""
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """One entry of `[[clients]]`: a program that is connected, by login, application name, or both."""

    login: str | None = None
    application: str | None = None
    selects_star: bool = False
    """Prepares SELECT * or RETURNING *, and so breaks when a table gains a column."""
    tables: tuple[QualifiedName, ...] = ()
    """The tables it does that with; () means any."""
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class CompatibilitySpec:
    """`[compatibility]`."""

    schema: str = "next"
    """Where new code finds the full tables that stand behind a view; created only when there is one."""


@dataclass(frozen=True, slots=True)
class ApplicationSpec:
    """`[application]`."""

    sources: tuple[str, ...] = ()
    """Folders of the application's source, relative to the file, in which statements are looked for."""


@dataclass(frozen=True, slots=True)
class SoakSpec:
    """`[soak]`: how long something must have been quiet before a phase trusts it."""

    old_clients_quiet_hours: int = 48
    shadow_hours: int = 48
    authenticate_hours: int = 24


@dataclass(frozen=True, slots=True)
class GatesSpec:
    """`[gates]`: how much a gate must have seen, and which shares it lets pass."""

    shadow_observations_min: int = 100
    authenticate_requests_min: int = 1000
    tenant_context_share_min: float = 0.999
    legacy_token_share_max: float = 0.0


@dataclass(frozen=True, slots=True)
class BackupSpec:
    """`[backup]`: dump (pg_dump, restored and compared), external (made elsewhere, has a name), none (a risk taken)."""

    mode: str = "dump"
    directory: str | None = None
    jobs: int = 2
    name: str | None = None
    scratch_url: str | None = None
    """Where the dump is restored for the comparison, without a password; None: a scratch server of our own."""
    exclude_schemas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """The whole file."""

    source: str
    tenant: TenantSpec
    tables: Mapping[QualifiedName, TableSpec]
    roles: RolesSpec = field(default_factory=RolesSpec)
    backup: BackupSpec = field(default_factory=BackupSpec)
    isolation: IsolationSpec = field(default_factory=IsolationSpec)
    authenticate: AuthenticateSpec = field(default_factory=AuthenticateSpec)
    contextless: Mapping[str, ContextlessSpec] = field(default_factory=dict)
    """By the name of a routine, relation, `role:..`, `job:..` or `publication:..`."""
    clients: tuple[ClientSpec, ...] = ()
    compatibility: CompatibilitySpec = field(default_factory=CompatibilitySpec)
    application: ApplicationSpec = field(default_factory=ApplicationSpec)
    soak: SoakSpec = field(default_factory=SoakSpec)
    gates: GatesSpec = field(default_factory=GatesSpec)
    orphans: str | None = None
    """quarantine | stop; None: quarantine where there is a quarantine organization, else stop."""
    inconsistent: str = "stop"
    indexes: str = "mirror"
    limits: Mapping[str, int | float] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Line of each key by its dotted path: 'tenant.users', 'tables.public.documents.derive.0'."""

    def where(self, *path: str | int) -> Where:
        """The place of a key, or of the nearest thing around it that is in the file (at worst line 1)."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(".".join(str(part) for part in path[:length]))
            if line is not None:
                return Where(self.source, line)
        return Where(self.source, 1)
