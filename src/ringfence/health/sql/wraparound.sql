-- Tables whose age has passed this share of where an uncancellable vacuum begins, their TOAST table included.
select aged."table", aged.kind, aged.age, aged.age_max
from (
  select
    pg_catalog.format('%%I.%%I', n.nspname, c.relname) as "table",
    kind.name as kind,
    kind.age,
    least(
      kind.setting,
      (select o.option_value::int8 from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = kind.option)
    ) as age_max
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
  cross join lateral (
    values
      ('transactions', greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid))::int8,
        pg_catalog.current_setting('autovacuum_freeze_max_age')::int8, 'autovacuum_freeze_max_age'),
      ('multixacts', greatest(pg_catalog.mxid_age(c.relminmxid), pg_catalog.mxid_age(t.relminmxid))::int8,
        pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::int8, 'autovacuum_multixact_freeze_max_age')
  ) as kind (name, age, setting, option)
  where c.relkind in ('r', 'm') and c.relpersistence <> 't' and c.relfrozenxid <> '0'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
) as aged
where aged.age >= aged.age_max * %(share)s
order by aged.age::float8 / aged.age_max desc, 1
limit 1000
