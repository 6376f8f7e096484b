-- Past row security for minutes instead of a service key for ever: who, why, from when to when, kept for good.
create table if not exists ringfence.break_glass_uses (
  id bigint generated always as identity primary key,
  login text not null,
  reason text not null check (pg_catalog.length(pg_catalog.btrim(reason)) >= 10),
  opened_at timestamptz not null default pg_catalog.clock_timestamp(),
  expires_at timestamptz not null,
  closed_at timestamptz,
  application text not null,
  client text not null
);
revoke all on table ringfence.break_glass_uses from public;
comment on table ringfence.break_glass_uses is
  'Every time somebody passed row security through the break-glass role; written by ringfence.break_glass_open() alone.';

-- Ends what has expired: the membership goes, and so does every session of that login, for a session that has become
-- the role keeps it until it ends. Anybody may call it; it takes nothing from anybody whose time is not over.
create or replace function ringfence.break_glass_close_expired() returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  over record;
  ended integer := 0;
begin
  for over in
    update ringfence.break_glass_uses u set closed_at = clock_timestamp()
    where u.closed_at is null and u.expires_at <= clock_timestamp()
    returning u.login
  loop
    ended := ended + 1;
    continue when exists (
      select from ringfence.break_glass_uses u where u.login = over.login and u.closed_at is null);
    perform ringfence.break_glass_take_back(over.login);
  end loop;
  return ended;
end
$function$;

-- Ends one's own use before its time.
create or replace function ringfence.break_glass_close() returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  ended integer;
begin
  update ringfence.break_glass_uses u set closed_at = clock_timestamp()
  where u.closed_at is null and u.login = session_user::text;
  get diagnostics ended = row_count;
  if ended > 0 then
    perform ringfence.break_glass_take_back(session_user::text);
  end if;
  return ended;
end
$function$;

create or replace function ringfence.break_glass_take_back(login text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  if exists (select from pg_catalog.pg_roles r where r.rolname = login) then
    execute format('revoke %I from %I', {{role}}::text, login);
    perform pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a
      where a.usename = login and a.pid <> pg_backend_pid() and a.datname = current_database();
  end if;
end
$function$;

-- Gives the login that asks the break-glass role: SET ROLE to it, do what is needed, then break_glass_close().
create or replace function ringfence.break_glass_open(reason text, minutes integer) returns timestamptz
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  until timestamptz := clock_timestamp() + make_interval(mins => minutes);
begin
  if minutes is null or minutes < 1 or minutes > {{minutes_max}} then
    raise exception 'between 1 and {{minutes_max}} minutes, not %', coalesce(minutes::text, 'null')
      using errcode = 'RF431';
  end if;
  if reason is null or length(btrim(reason)) < 10 then
    raise exception 'a reason is needed that somebody else could judge' using errcode = 'RF432';
  end if;
  perform ringfence.break_glass_close_expired();
  insert into ringfence.break_glass_uses (login, reason, expires_at, application, client)
  values (session_user::text, reason, until, coalesce(current_setting('application_name', true), ''),
          coalesce(host(inet_client_addr()), 'local'));
  if current_setting('server_version_num')::integer >= 160000 then
    execute format('grant %I to %I with inherit false, set true', {{role}}::text, session_user::text);
  else
    execute format('grant %I to %I', {{role}}::text, session_user::text);
  end if;
  raise log 'break glass opened by % until %: %', session_user, until, reason;
  return until;
end
$function$;

revoke all on function ringfence.break_glass_take_back(text), ringfence.break_glass_open(text, integer),
  ringfence.break_glass_close(), ringfence.break_glass_close_expired() from public;
grant execute on function ringfence.break_glass_open(text, integer), ringfence.break_glass_close(),
  ringfence.break_glass_close_expired() to {{logins}};
grant usage on schema ringfence to {{logins}};
