-- Documents whose deletion was acknowledged.
select d.id::pg_catalog.text as key from public.documents d where d.id::pg_catalog.text = any (%(keys)s)
