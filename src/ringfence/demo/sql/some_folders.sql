select f.id::pg_catalog.text as key, f.owner_id::pg_catalog.text as owner, f.name
from public.folders f
where f.parent_id is null
order by pg_catalog.md5(f.id::pg_catalog.text)
limit %(rows_max)s
