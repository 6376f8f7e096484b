-- Who sees every tenant, or none, and why: for the reviewer who asks the database and not a file.
create table if not exists ringfence.contextless (
  name text primary key,
  kind text not null,
  way text not null,
  reason text not null,
  decided_at timestamptz not null default pg_catalog.now()
);
revoke all on table ringfence.contextless from public;
comment on table ringfence.contextless is
  'Readers and writers without a tenant as decided in ringfence.toml: each with the way it goes on and the reason.';
