-- Who is asking: the helpers that policies lean on, and the keys that seals are checked with.
-- A role of their own owns them: no login can become it, and as the owner of the memberships it reads them without
-- passing the memberships' own policies, which would ask these helpers again (infinite recursion, 42P17).
grant usage, create on schema ringfence to {{keeper}};
grant usage, create on schema {{memberships_schema}} to {{keeper}};
alter table {{memberships}} owner to {{keeper}};
alter table {{memberships}} no force row level security;

create table ringfence.context_keys (
    id smallint primary key check (id > 0),
    inner_pad bytea not null check (pg_catalog.octet_length(inner_pad) = 64),
    outer_pad bytea not null check (pg_catalog.octet_length(outer_pad) = 64),
    added_at timestamptz not null default pg_catalog.now()
);
alter table ringfence.context_keys owner to {{keeper}};
revoke all on table ringfence.context_keys from public;
-- for members of pg_read_all_data, whom no revoke reaches: row security without a policy shows them nothing
alter table ringfence.context_keys enable row level security;
comment on table ringfence.context_keys is
    'Keys of the applications that seal tenant contexts (HMAC-SHA256, RFC 2104), as their two precomputed pads';

-- The claims of this request, when somebody whose word counts has set them. session_user decides who that is: SET ROLE
-- does not change it, and SET SESSION AUTHORIZATION is for superusers only. Few statements, because each costs anew in
-- every transaction.
create function ringfence.believed_claims() returns jsonb
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as {{body}}
declare
    claims text := current_setting('request.jwt.claims', true);
    seal text;  -- 1.<key>.<expiry>.<HMAC-SHA256 in hexadecimal>
    genuine boolean;
    lasts_s numeric;
begin
    if session_user in ({{gateways}}) then
        return nullif(claims, '')::jsonb;
    end if;
    seal := current_setting('ringfence.seal', true);
    if seal is null or seal = '' then
        raise exception 'no tenant context' using errcode = 'RF901',
            hint = 'open the transaction with TenantDatabase.tenant(context)';
    end if;
    select
        -- hashes of both, so that the time a comparison takes tells nothing about the expected bytes
        sha256(convert_to(split_part(seal, '.', 4), 'UTF8')) = sha256(convert_to(encode(sha256(
            k.outer_pad || sha256(k.inner_pad || convert_to(concat_ws('|',
                'ringfence ' || split_part(seal, '.', 1), split_part(seal, '.', 2), split_part(seal, '.', 3), claims
            ), 'UTF8'))
        ), 'hex'), 'UTF8'))
        -- auth.uid() and its like prefer the settings of older PostgREST, which no seal covers
        and concat(current_setting('request.jwt.claim', true), current_setting('request.jwt.claim.sub', true),
                   current_setting('request.jwt.claim.role', true), current_setting('request.jwt.claim.email', true)) = ''
        into genuine
        from ringfence.context_keys k where k.id::text = split_part(seal, '.', 2);
    if genuine is not true then
        raise exception 'the tenant context is not sealed by a known key' using errcode = 'RF902';
    end if;
    lasts_s := split_part(seal, '.', 3)::bigint - extract(epoch from statement_timestamp());
    if lasts_s <= 0 then
        raise exception 'the tenant context has expired' using errcode = 'RF903',
            hint = 'a seal lasts {{seal_seconds_max}} seconds at most: renew it, and check the clocks of application and database';
    end if;
    if lasts_s > {{seal_seconds_max}} then
        raise exception 'the tenant context expires too far in the future' using errcode = 'RF904',
            hint = 'check the clocks of application and database';
    end if;
    return claims::jsonb;
end
{{body}};

create function ringfence.user_id() returns {{user_type}}
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
<<ask>>
declare
    claims jsonb := case when session_user in ({{gateways}})
        then nullif(current_setting('request.jwt.claims', true), '')::jsonb else ringfence.believed_claims() end;
    user_text text := ask.claims ->> 'sub';
begin
    return case when {{user_fits}} then ask.user_text::{{user_type}} end;
end
{{body}};

-- The tenant of this request: the one its claims name, if its user is a member of it now. Every statement of every
-- request asks, so the claims of gateways are taken here as believed_claims() would: a call costs as much as a lookup.
create function ringfence.client_id() returns {{tenant_type}}
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
-- columns of the memberships, which we do not name, win over variables, which are always written with their label
#variable_conflict use_column
<<ask>>
declare
    claims jsonb := case when session_user in ({{gateways}})
        then nullif(current_setting('request.jwt.claims', true), '')::jsonb else ringfence.believed_claims() end;
    user_text text := ask.claims ->> 'sub';
    tenant_text text := ask.claims #>> {{tenant_path}};
    -- casts only of what fits, because on a gateway an error would stop Realtime for everybody
    user_key {{user_type}} := case when {{user_fits}} then ask.user_text::{{user_type}} end;
    tenant_key {{tenant_type}} := case when {{tenant_fits}} then ask.tenant_text::{{tenant_type}} end;
begin
    select m.{{organization_column}} into ask.tenant_key from {{memberships}} m
        where m.{{user_column}} = ask.user_key and m.{{organization_column}} = ask.tenant_key{{active}};
    if tenant_key is null and (session_user in ({{gateways}})) is not true then
        raise exception 'the user is no member of this organization' using errcode = 'RF905';
    end if;
    return tenant_key;
end
{{body}};

-- All tenants of this request's user, for the few lists that span them: client_id = any(array(select ..)).
create function ringfence.client_ids() returns setof {{tenant_type}}
language plpgsql stable parallel safe security definer rows 5
set search_path = pg_catalog, pg_temp
as {{body}}
#variable_conflict use_column
<<ask>>
declare
    user_key {{user_type}} := ringfence.user_id();
begin
    return query select m.{{organization_column}} from {{memberships}} m
        where m.{{user_column}} = ask.user_key{{active}};
end
{{body}};

-- The first thing TenantDatabase says in a transaction: a session without a past, then role and context until its end.
-- It is cleaned at the start, because behind a transaction pooler nobody knows who had it before. Where nobody but one
-- connection speaks in it, that connection says the same behind its COMMIT, without a role: then it is only cleaned,
-- while the application is already at work with the answer.
-- DISCARD ALL cannot be in a transaction, would drop the statements we prepared, and costs ten times as much.
-- Invoker's rights: it sets what its caller may set anyway. No SET search_path here: what a function sets for itself is
-- put back at its end, and with it the search_path that somebody left behind. So every name and operator is qualified.
-- A procedure, because CALL is not planned, and it is parsed anew in every transaction.
create procedure ringfence.enter_v1(role_name text, claims text, seal text, prepares boolean)
language plpgsql
as {{body}}
declare
    done pg_catalog.text;
begin
    reset role;  -- whoever calls: a role that was left behind would come back when this transaction ends
    reset all;  -- also search_path and standard_conforming_strings, and claims and seals of others
    discard sequences;  -- lastval() is a number that somebody else drew
    discard temp;  -- a temporary table stands before the real one of the same name
    execute 'close all';  -- cursors WITH HOLD outlive their transaction; without EXECUTE this were PL/pgSQL's own CLOSE
    -- A statement PREPAREd in SQL may have taken the name of one of the driver's, and then the driver would execute
    -- somebody else's SQL in this tenant's name; behind a pooler no statement of ours has a name. And UNLISTEN would
    -- work only from COMMIT on.
    if exists (select from pg_catalog.pg_listening_channels())
        or prepares and exists (select from pg_catalog.pg_prepared_statement() p where p.from_sql)
    then
        raise exception 'this session has been left unclean' using errcode = 'RF907';
    end if;
    -- assigned and not performed: an expression is evaluated, PERFORM starts a query
    done := pg_catalog.concat(pg_catalog.pg_advisory_unlock_all() is null);
    if role_name is null then
        return;
    end if;
    if not prepares then
        -- a pooler may have opened its own connection in another encoding, which RESET ALL went back to
        done := pg_catalog.set_config('client_encoding', 'UTF8', false);
    end if;
    done := pg_catalog.concat(
        pg_catalog.set_config('request.jwt.claims', claims, true),
        pg_catalog.set_config('ringfence.seal', seal, true),
        pg_catalog.set_config('role', role_name, true));
end
{{body}};

alter function ringfence.believed_claims() owner to {{keeper}};
alter function ringfence.user_id() owner to {{keeper}};
alter function ringfence.client_id() owner to {{keeper}};
alter function ringfence.client_ids() owner to {{keeper}};
-- The floor is TO PUBLIC, and whoever meets it must be able to ask. What the helpers answer depends on who asks.
revoke all on function ringfence.believed_claims() from public;
grant execute on function ringfence.user_id(), ringfence.client_id(), ringfence.client_ids() to public;
revoke create on schema ringfence from {{keeper}};
revoke create on schema {{memberships_schema}} from {{keeper}};
