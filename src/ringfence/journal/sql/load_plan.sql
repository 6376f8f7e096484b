-- A plan's document as it was stored.
select p.document::text as document from ringfence.plans p where p.hash = %(hash)s
