-- Ends a statement that meets more rows than the attacker owns: a leak is seen at its first row and goes no further.
-- Policies are applied before it, because it is not leakproof (PostgreSQL, "Rules and Privileges").
create function {{brake}}(rows_max integer) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $brake$
declare
  met integer := coalesce(nullif(current_setting('ringfence.met', true), ''), '0')::integer + 1;
begin
  perform set_config('ringfence.met', met::text, true);
  if met > rows_max then
    raise exception 'more rows than the attacker owns' using errcode = 'RF821';
  end if;
  return true;
end
$brake$
