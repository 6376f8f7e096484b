-- Whether samples of sessions can be kept here and now: the tables are there, the role may write, the server takes writes.
-- Hours are watched only where somebody will ask for them (plan/sql/compatibility_v1.sql).
select
  t.samples is not null
    and pg_catalog.has_table_privilege(t.samples, 'INSERT')
    and pg_catalog.has_table_privilege(t.samples, 'UPDATE')
    and pg_catalog.has_table_privilege(t.samples, 'DELETE')
    and not pg_catalog.pg_is_in_recovery()
    and pg_catalog.current_setting('transaction_read_only') = 'off' as samples,
  t.watches is not null
    and pg_catalog.has_table_privilege(t.watches, 'INSERT')
    and pg_catalog.has_table_privilege(t.watches, 'UPDATE')
    and pg_catalog.has_table_privilege(t.watches, 'DELETE') as watches
from (
  select
    pg_catalog.to_regclass('ringfence.session_samples') as samples,
    pg_catalog.to_regclass('ringfence.session_watches') as watches
) as t
