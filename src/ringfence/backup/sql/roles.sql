-- Every role a dump can name as owner, grantee or policy target. The predefined ones exist everywhere.
select rolname::text as name, rolsuper as superuser
from pg_catalog.pg_roles
where rolname !~ '^pg_'
order by rolname
