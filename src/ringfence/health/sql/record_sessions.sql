-- Remember who was connected. One row per login and application: it cannot grow with time.
insert into ringfence.session_samples as kept
  (login, application, first_seen, last_seen, connections_max, oldest_backend_start)
select s.login, s.application, pg_catalog.now(), pg_catalog.now(), s.sessions, s.oldest_backend_at
from rows from (
  pg_catalog.unnest(%(logins)s::text[]), pg_catalog.unnest(%(applications)s::text[]),
  pg_catalog.unnest(%(sessions)s::int[]), pg_catalog.unnest(%(oldest)s::timestamptz[])
) as s (login, application, sessions, oldest_backend_at)
on conflict (login, application) do update set
  last_seen = excluded.last_seen,
  connections_max = greatest(kept.connections_max, excluded.connections_max),
  oldest_backend_start = excluded.oldest_backend_start
