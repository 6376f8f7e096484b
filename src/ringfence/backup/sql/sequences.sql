-- The last value of every sequence outside the system; null when it was never used or may not be read.
select schemaname::text as schema, sequencename::text as name, last_value, increment_by > 0 as ascending
from pg_catalog.pg_sequences
where schemaname !~ '^pg_' and schemaname <> 'information_schema'
order by 1, 2
