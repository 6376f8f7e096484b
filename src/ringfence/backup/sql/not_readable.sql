-- What pg_dump would stop at, with this role: it locks every table (which needs SELECT) and refuses filtered rows.
-- Objects of extensions are dumped by name only.
select n.nspname::text as schema, c.relname::text as name, problem.reason
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  values (
    case
      when not pg_catalog.has_schema_privilege(n.oid, 'USAGE') then 'no USAGE on the schema'
      when c.relkind = 'S' and not pg_catalog.has_sequence_privilege(c.oid, 'SELECT') then 'no SELECT on the sequence'
      when c.relkind <> 'S' and not pg_catalog.has_table_privilege(c.oid, 'SELECT') then 'no SELECT on the table'
      when c.relkind <> 'S' and pg_catalog.row_security_active(c.oid) then 'row security would hide rows from this role'
    end
  )
) as problem (reason)
where c.relkind in ('r', 'p', 'S')
  and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not n.nspname = any (%(excluded)s::text[])
  and problem.reason is not null
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
  )
union all
-- Reading large objects is a matter of each one's own grants, whatever a role may read of tables.
select 'pg_catalog', 'pg_largeobject',
  pg_catalog.format('no SELECT on %%s large objects, the first is %%s', pg_catalog.count(*), pg_catalog.min(m.oid::int8))
from pg_catalog.pg_largeobject_metadata m
where pg_catalog.current_setting('lo_compat_privileges') = 'off'
  and not pg_catalog.pg_has_role(m.lomowner, 'USAGE')
  and not exists (
    select from pg_catalog.aclexplode(m.lomacl) a
    where a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_catalog.pg_has_role(a.grantee, 'USAGE'))
  )
having pg_catalog.count(*) > 0
order by 1, 2
