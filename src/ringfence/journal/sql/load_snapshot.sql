-- A snapshot's document as it was stored.
select s.document::text as document from ringfence.snapshots s where s.name = %(name)s
