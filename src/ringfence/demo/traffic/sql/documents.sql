-- Documents of these people, a mixed lot.
select d.id::pg_catalog.text as key, d.owner_id::pg_catalog.text as owner, d.slug
from public.documents d
where d.owner_id::pg_catalog.text = any (%(people)s)
order by pg_catalog.md5(d.id::pg_catalog.text)
limit %(rows_max)s
