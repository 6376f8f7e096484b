-- Per table: privileges, the columns of its replica identity, the type it was made of, and used column slots.
select
  n.nspname::text as schema,
  c.relname::text as name,
  pg_catalog.has_table_privilege(c.oid, 'SELECT') as may_select,
  pg_catalog.has_table_privilege(c.oid, 'TRIGGER') as may_trigger,
  pg_catalog.has_table_privilege(c.oid, 'REFERENCES') as may_reference,
  array(
    select a.attname::text
    from pg_catalog.pg_index as i
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    where i.indrelid = c.oid
      and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end
      and i.indislive
    order by a.attnum
  ) as identity_columns,
  tn.nspname::text as row_type_schema,
  t.typname::text as row_type_name,
  c.relnatts::integer as columns_used
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_type as t on t.oid = c.reloftype
left join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
where c.relkind in ('r', 'p', 'f')
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'ringfence')
