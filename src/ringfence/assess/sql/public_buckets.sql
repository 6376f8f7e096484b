-- Buckets whose objects anybody may read who knows their path.
select b.id::text as id from storage.buckets as b where b.public order by 1
