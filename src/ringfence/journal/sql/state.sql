-- What this role sees of schema ringfence: one row.
select
    pg_catalog.current_database() as database,
    current_user as role,
    n.oid is not null as schema_exists,
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as may_create_schema,
    coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false) as may_create_in_schema,
    (select pg_catalog.count(*) from pg_catalog.pg_class c where c.relnamespace = n.oid) as relations,
    j.oid is not null as journal_exists,
    pg_catalog.obj_description(j.oid, 'pg_class') as journal_comment
from (select) one_row
left join pg_catalog.pg_namespace n on n.nspname = 'ringfence'
left join pg_catalog.pg_class j on j.relnamespace = n.oid and j.relname = 'journal'
