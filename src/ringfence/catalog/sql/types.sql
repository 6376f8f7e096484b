-- Every enum, domain, composite and range type that stands for itself, in the pieces its definition is made of.
select
  n.nspname::text as schema,
  t.typname::text as name,
  t.typtype::text as kind,
  pg_catalog.pg_get_userbyid(t.typowner)::text as owner,
  array(
    select e.enumlabel::text from pg_catalog.pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder
  ) as labels,
  case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as base,
  case when t.typtype = 'd' then t.typdefault end as default,
  t.typnotnull as not_null,
  case when t.typtype = 'd' and t.typcollation <> bt.typcollation then
    (select pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
     from pg_catalog.pg_collation as co join pg_catalog.pg_namespace as cn on cn.oid = co.collnamespace
     where co.oid = t.typcollation)
  end as collation,
  array(
    select pg_catalog.quote_ident(con.conname) || ' ' || pg_catalog.pg_get_constraintdef(con.oid)
    from pg_catalog.pg_constraint as con
    where con.contypid = t.oid and con.contype = 'c'
  ) as checks,
  array(
    select pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
      || coalesce(
        (select ' collate ' || pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
         from pg_catalog.pg_collation as co join pg_catalog.pg_namespace as cn on cn.oid = co.collnamespace
         where co.oid = a.attcollation and a.attcollation <> at.typcollation), '')
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_type as at on at.oid = a.atttypid
    where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ) as attributes,
  (select concat_ws(
     ' ',
     'subtype', pg_catalog.format_type(r.rngsubtype, null),
     'opclass', pg_catalog.quote_ident(ocn.nspname) || '.' || pg_catalog.quote_ident(oc.opcname),
     'canonical', r.rngcanonical::text, 'diff', r.rngsubdiff::text,
     'multirange', pg_catalog.format_type(r.rngmultitypid, null)
   )
   from pg_catalog.pg_range as r
   join pg_catalog.pg_opclass as oc on oc.oid = r.rngsubopc
   join pg_catalog.pg_namespace as ocn on ocn.oid = oc.opcnamespace
   where r.rngtypid = t.oid) as range
from pg_catalog.pg_type as t
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
left join pg_catalog.pg_class as c on c.oid = t.typrelid
left join pg_catalog.pg_type as bt on bt.oid = t.typbasetype
where (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
  and t.typnamespace = any(%(namespaces)s::oid[])
  and not exists (
    select
    from pg_catalog.pg_depend as d
    where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e'
  )
