-- {{title}}
-- Written by `ringfence verify --pgtap`: the attacks that were tried on this target, as pgTAP tests to keep.
-- Run it as the role that administers the database: pg_prove -d mydb this_file.sql, or supabase test db.
-- Everything happens in one transaction that is rolled back. Two tenants are made up; each attack is taken back at once.
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
set local lock_timeout = {{lock_timeout_ms}};
set local statement_timeout = {{statement_timeout_ms}};
set local client_min_messages = warning;

-- Ends a statement that meets more rows than the attacker owns: a leak is seen at its first row and goes no further.
create function pg_temp.ringfence_at_most(rows_max integer) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $at_most$
declare
  met integer := coalesce(nullif(current_setting('ringfence.met', true), ''), '0')::integer + 1;
begin
  perform set_config('ringfence.met', met::text, true);
  if met > rows_max then
    raise exception 'more rows than the attacker owns' using errcode = 'RF821';
  end if;
  return true;
end
$at_most$;

-- Where contexts are sealed: a key for this transaction alone (HMAC-SHA256, RFC 2104), random at every run.
create temporary table ringfence_key on commit drop as
select
  pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid()))
  || pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex') as secret,
  ''::bytea as inner_pad, ''::bytea as outer_pad;
do $key$
declare
  k bytea; i bytea; o bytea;
begin
  select secret into k from pg_temp.ringfence_key;
  i := k;
  o := k;
  for n in 0..63 loop
    i := set_byte(i, n, get_byte(k, n) # 54);  -- 0x36
    o := set_byte(o, n, get_byte(k, n) # 92);  -- 0x5c
  end loop;
  update pg_temp.ringfence_key set inner_pad = i, outer_pad = o;
  if to_regclass('ringfence.context_keys') is not null then
    insert into ringfence.context_keys (id, inner_pad, outer_pad) values (32767, i, o);
  end if;
end
$key$;
create function pg_temp.ringfence_seal(claims text) returns text language sql volatile as $seal$
  select concat_ws('.', '1', '32767', e.expiry, encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(
    concat_ws('|', 'ringfence 1', '32767', e.expiry, claims), 'UTF8'))), 'hex'))
  from pg_temp.ringfence_key k, (select (floor(extract(epoch from clock_timestamp())) + 15)::bigint::text) e (expiry)
$seal$;

-- One statement after the other as a request role, and what came of it; whatever they did is taken back.
create function pg_temp.ringfence_run(
  role text, claims text, sealed text, statements text[], traces text
) returns jsonb
language plpgsql
as $run$
declare
  statement text; item record; seen text := ''; met bigint; last text; before text; after text; detail text;
begin
  execute traces into before;
  begin
    perform set_config('ringfence.met', '0', true);
    if claims is not null then
      perform set_config('request.jwt.claims', claims, true);
    end if;
    if sealed is not null and to_regclass('ringfence.context_keys') is not null then
      perform set_config('ringfence.seal', pg_temp.ringfence_seal(sealed), true);
    end if;
    perform set_config('row_security', 'on', true);
    perform set_config('role', ringfence_run.role, true);
    foreach statement in array statements loop
      met := 0;
      last := null;
      if statement ~* '^(select|explain|with)\M' then
        for item in execute statement loop
          met := met + 1;
          last := btrim(item::text, '()');
          seen := seen || item::text || E'\n';
          exit when met = 50;
        end loop;
      else
        execute statement;
        get diagnostics met = row_count;
      end if;
    end loop;
    perform set_config('role', 'none', true);
    execute traces into after;
    raise exception using errcode = 'RFTAP', message = jsonb_build_object(
      'code', '', 'rows', met, 'seen', seen, 'last', last, 'untouched', before is not distinct from after)::text;
  exception
    when sqlstate 'RFTAP' then
      return sqlerrm::jsonb;
    when others then
      get stacked diagnostics detail = pg_exception_detail;
      return jsonb_build_object('code', sqlstate, 'rows', 0, 'seen', sqlerrm || detail, 'untouched', true);
  end;
end
$run$;

-- One attack as one TAP line: ok when it is denied, and skipped when nothing was learned.
create function pg_temp.ringfence_attack(
  title text, expect text, role text, claims text, sealed text, marks text[], traces text, statements text[]
) returns text
language plpgsql
as $attack$
declare
  first jsonb; last jsonb; leaked text;
begin
  if expect = 'same' then
    first := pg_temp.ringfence_run(role, claims, sealed, statements[1:1], traces);
    last := pg_temp.ringfence_run(role, claims, sealed, statements[2:2], traces);
  else
    last := pg_temp.ringfence_run(role, claims, sealed, statements, traces);
    first := last;
  end if;
  select m into leaked from unnest(marks) m
    where strpos(concat(first ->> 'seen', last ->> 'seen'), m) > 0 and strpos(array_to_string(statements, ' '), m) = 0 limit 1;
  if leaked is null and last ->> 'code' in ({{timeouts}}) then
    return skip(title || ': it ran into a time limit', 1);
  elsif leaked is null and last ->> 'code' in ({{misused}}) and expect not in ('refused', 'not true') then
    return skip(title || ': it cannot be tried here, ' || (last ->> 'code'), 1);
  elsif leaked is null and last ->> 'code' = '{{unsupported}}' and expect <> 'untouched' then
    return skip(title || ': this server does not support it', 1);
  end if;
  return ok(
    leaked is null and '{{stopped}}' not in (first ->> 'code', last ->> 'code') and (last ->> 'untouched')::boolean
    and case expect
      when 'no rows' then last ->> 'code' <> '' or (last ->> 'rows')::bigint = 0
      when 'not true' then last ->> 'last' is distinct from 't'
      when 'same' then (first ->> 'code', first ->> 'rows') = (last ->> 'code', last ->> 'rows')
      when 'refused' then last ->> 'code' <> ''
      else true
    end,
    title || ', as ' || role
  );
end
$attack$;
