-- What the texts of definitions depend on, for this transaction only: no search path (everything comes back
-- qualified), quotes only where needed, and no just-in-time compilation, which costs more than these questions.
select
  pg_catalog.set_config('search_path', '', true) as search_path,
  pg_catalog.set_config('quote_all_identifiers', 'off', true) as quote_all_identifiers,
  pg_catalog.set_config('jit', 'off', true) as jit
