-- Every rewrite rule apart from the one that makes a view a view.
select
  w.ev_class as oid,
  w.rulename::text as name,
  pg_catalog.pg_get_ruledef(w.oid) as definition,
  w.ev_enabled::text as enabled
from pg_catalog.pg_rewrite as w
join pg_catalog.pg_class as c on c.oid = w.ev_class
where w.rulename <> '_RETURN' and c.relnamespace = any(%(namespaces)s::oid[])
