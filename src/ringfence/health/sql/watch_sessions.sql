-- Somebody looked in this hour. Hours older than the longest quiet time anybody can ask for go.
with old as (
  delete from ringfence.session_watches w where w.hour < pg_catalog.now() - interval '9000 hours'
)
insert into ringfence.session_watches as kept (hour)
values (pg_catalog.date_trunc('hour', pg_catalog.now()))
on conflict (hour) do update set samples = kept.samples + 1
