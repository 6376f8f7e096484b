-- Tables that a subscription of this database writes.
select
  n.nspname::text as schema,
  c.relname::text as name,
  s.subname::text as subscription
from pg_catalog.pg_subscription_rel as sr
join pg_catalog.pg_subscription as s on s.oid = sr.srsubid
join pg_catalog.pg_class as c on c.oid = sr.srrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where s.subenabled
