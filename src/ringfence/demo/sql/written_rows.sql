-- Every row that bears the mark or the key of an acknowledged write; whole, because before and after the migration it
-- has other columns.
select t.id::pg_catalog.text as key, pg_catalog.to_jsonb(t) as document
from {{table}} t
where t.id::pg_catalog.text = any (%(keys)s) or t.{{mark}}::pg_catalog.text = any (%(marks)s)
