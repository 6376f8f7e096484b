-- Documents a writer may touch: the lane's share of them, so that two writers never wait for one another's expectations.
select d.id::pg_catalog.text as key, d.owner_id::pg_catalog.text as owner, d.slug
from public.documents d
order by pg_catalog.md5(d.id::pg_catalog.text)
limit %(rows_max)s
