-- Buckets of Supabase Storage and whether they are public: the files of such a one are for everybody who knows a path.
select b.id::text as id, coalesce(b.public, false) as public from storage.buckets b order by b.id limit %(buckets_max)s
