-- Whether a file whose path names no organization belongs to a tenant: its owner belongs to that one and to no other.
-- Asked only of paths that do not begin with the caller's tenant, row by row; a path that begins with another
-- organization's key is that one's, whoever owns it.
create or replace function ringfence.old_file_v1(name text, owner_key text, tenant {{tenant_type}}) returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
#variable_conflict use_column
<<ask>>
declare
  first text := split_part(old_file_v1.name, '/', 1);
  user_text text := old_file_v1.owner_key;
  found_keys {{tenant_type}}[];
begin
  if old_file_v1.tenant is null or ({{user_fits}}) is not true then
    return false;
  end if;
  if {{first_fits}} then
    if exists (select from {{organizations}} o where o.{{organization_key}} = ask.first::{{tenant_type}}) then
      return false;
    end if;
  end if;
  select array_agg(f.organization_key) into ask.found_keys from (
    select m.organization_key from {{active}} m where m.user_key = ask.user_text::{{user_type}} limit 2
  ) f;
  return coalesce(found_keys = array[old_file_v1.tenant], false);
end
{{body}};
grant execute on function ringfence.old_file_v1(text, text, {{tenant_type}}) to public;
