-- Keep a snapshot under a name; a later one takes its place.
insert into ringfence.snapshots (name, document) values (%(name)s, %(document)s::json)
on conflict (name) do update set document = excluded.document, created_at = pg_catalog.clock_timestamp()
