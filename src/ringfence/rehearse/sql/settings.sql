-- Settings that decide what a schema or a plan may do at all.
select s.name, s.setting
from pg_catalog.pg_settings as s
where s.name in ('wal_level', 'max_prepared_transactions')
