-- Acknowledged shares that are not there.
select s.key
from unnest(%(keys)s::text[], %(users)s::text[]) s (key, person)
where not exists (
  select from public.documents d where d.id::pg_catalog.text = s.key and s.person::uuid = any (d.shared_with)
)
