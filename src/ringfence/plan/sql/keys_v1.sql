-- The keys that the application signs its tokens with. Private halves are encrypted under a secret that is not in the
-- database (AES-256-GCM), so that a copy of it, a dump or a replica, forges no token. They stay when phase 3 is taken
-- back, as long as there is a key, and are found again.
create table if not exists ringfence.signing_keys (
    kid text primary key check (kid ~ '^[A-Za-z0-9_-]{8,128}$'),
    alg text not null check (alg in ('ES256', 'EdDSA')),
    state text not null check (state in ('standby', 'in_use', 'previously_used', 'revoked')),
    state_before text check (state_before in ('standby', 'in_use', 'previously_used', 'revoked')),
    public_jwk text not null check (pg_catalog.octet_length(public_jwk) <= 2048 and public_jwk !~ '"(d|k|p|q)" *:'),
    envelope bytea not null check (pg_catalog.octet_length(envelope) between 30 and 4096),
    secret_id smallint not null check (secret_id > 0),
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    changed_at timestamptz not null default pg_catalog.clock_timestamp()
);
-- one key signs: two workers that read at different moments would otherwise go on signing with two for ever
create unique index if not exists "signing_keys_one_in_use" on ringfence.signing_keys ("state") where "state" = 'in_use';
comment on table ringfence.signing_keys is
    'Signing keys of the application, their private halves encrypted under RINGFENCE_KEYS_SECRET (ringfence keys)';

create table if not exists ringfence.signing_key_moves (
    id bigint generated always as identity primary key,
    kid text not null references ringfence.signing_keys (kid),
    state_before text,
    state text not null,
    moved_at timestamptz not null default pg_catalog.clock_timestamp(),
    moved_by text not null default session_user
);
comment on table ringfence.signing_key_moves is 'What was done with each signing key, when, and by which login';

revoke all on table ringfence.signing_keys, ringfence.signing_key_moves from public;
-- for members of pg_read_all_data, whom no revoke reaches: row security without a policy shows them nothing
alter table ringfence.signing_keys enable row level security;
alter table ringfence.signing_key_moves enable row level security;
