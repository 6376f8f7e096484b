-- Everybody the desk knows, with the address that decides the organization.
select u.id::pg_catalog.text as key, u.email::pg_catalog.text as email
from auth.users u
order by u.created_at, u.id
