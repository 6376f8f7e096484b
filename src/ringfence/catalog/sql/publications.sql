-- Every publication with its tables, column lists and row filters.
select
  p.pubname::text as name,
  p.puballtables as all_tables,
  p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
  pg_catalog.to_jsonb(p) ->> 'pubgencols' as generated,
  array(
    select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
      || coalesce(' (' || (
        select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
        from pg_catalog.pg_attribute as a
        where a.attrelid = pr.prrelid and a.attnum = any(pr.prattrs)
      ) || ')', '')
      || coalesce(' where ' || pg_catalog.pg_get_expr(pr.prqual, pr.prrelid), '')
    from pg_catalog.pg_publication_rel as pr
    join pg_catalog.pg_class as c on c.oid = pr.prrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where pr.prpubid = p.oid and c.relnamespace = any(%(namespaces)s::oid[])
  ) as tables,
  array(
    select n.nspname::text
    from pg_catalog.pg_publication_namespace as pn
    join pg_catalog.pg_namespace as n on n.oid = pn.pnnspid
    where pn.pnpubid = p.oid and n.oid = any(%(namespaces)s::oid[])
  ) as schemas
from pg_catalog.pg_publication as p
