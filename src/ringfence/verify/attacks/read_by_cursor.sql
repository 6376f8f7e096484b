-- title: read through a cursor that outlives a savepoint
-- catalogue: P1 O12
-- actor: member
-- target: table
-- expect: no rows
savepoint ringfence_cursor;
declare ringfence_probe cursor for select 1 from {{target}} t where t.{{tenant}} is distinct from {{own}}{{and_closed}};
release savepoint ringfence_cursor;
fetch 1 from ringfence_probe;
