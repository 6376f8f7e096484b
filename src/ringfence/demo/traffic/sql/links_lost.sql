-- Acknowledged public links that lead nowhere, or elsewhere.
select l.key
from unnest(%(tokens)s::text[], %(keys)s::text[]) l (token, key)
where not exists (
  select from public.documents d where d.id::pg_catalog.text = l.key and d.public_token = l.token
)
