-- Every column of tables and views in its order; a domain is followed down to the type beneath it.
with recursive beneath (domain, type, typmod) as (
  select t.oid, t.typbasetype, t.typtypmod from pg_catalog.pg_type as t where t.typtype = 'd'
  union all
  select b.domain, t.typbasetype, t.typtypmod
  from beneath as b
  join pg_catalog.pg_type as t on t.oid = b.type and t.typtype = 'd'
),
base as (
  select b.domain, pg_catalog.format_type(b.type, b.typmod) as type
  from beneath as b
  join pg_catalog.pg_type as t on t.oid = b.type and t.typtype <> 'd'
)
select
  a.attrelid as oid,
  a.attnum as number,
  a.attname::text as name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as not_null,
  pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) as default,
  a.attgenerated::text as generated,
  a.attidentity::text as identity,
  case when a.attcollation not in (0, t.typcollation) then
    pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
  end as collation,
  a.attcollation as collation_id,
  tn.nspname::text as type_schema,
  b.type as base_type,
  a.attacl::text[] as acl,
  (not a.attislocal or a.attinhcount > 0) as inherited,
  -- pg_attver is the server's own count of a column's versions (15.20 and its siblings), another one for each column
  array(select o from pg_catalog.unnest(a.attoptions) as o where o !~ '^pg_attver=')
    || coalesce(a.attfdwoptions, '{}')
    || case when a.attstattarget >= 0 then array['statistics=' || a.attstattarget] else '{}' end
    || case when a.attstorage <> t.typstorage then array['storage=' || a.attstorage::text] else '{}' end
    || case when a.attcompression <> '' then array['compression=' || a.attcompression::text] else '{}' end
    as options,
  de.description as comment
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f', 'v', 'm')
join pg_catalog.pg_type as t on t.oid = a.atttypid
join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
left join base as b on b.domain = a.atttypid
left join pg_catalog.pg_attrdef as ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
left join pg_catalog.pg_collation as co on co.oid = a.attcollation
left join pg_catalog.pg_namespace as cn on cn.oid = co.collnamespace
left join pg_catalog.pg_description as de
  on de.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and de.objoid = a.attrelid and de.objsubid = a.attnum
where a.attnum > 0 and not a.attisdropped and c.relnamespace = any(%(namespaces)s::oid[])
order by a.attrelid, a.attnum
