-- What a scratch database must have in common with this one. The locale column changed its name in 17.
select
  pg_catalog.current_setting('server_version_num')::int as server_version,
  d.datname::text as database,
  pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
  d.datcollate as collate,
  d.datctype as ctype,
  d.datlocprovider::text as locale_provider,
  coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') as locale,
  pg_catalog.pg_database_size(d.oid) as bytes,
  array(select e.extname::text from pg_catalog.pg_extension e where e.extname <> 'plpgsql' order by 1) as extensions,
  array(
    select n.nspname::text from pg_catalog.pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1
  ) as schemas
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database()
