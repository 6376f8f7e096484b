-- Folders of these people.
select f.id::pg_catalog.text as key, f.owner_id::pg_catalog.text as owner
from public.folders f
where f.owner_id::pg_catalog.text = any (%(people)s)
order by pg_catalog.md5(f.id::pg_catalog.text)
limit %(rows_max)s
