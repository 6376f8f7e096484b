-- rules: RFA-DEFINER-PUBLIC RFA-DEFINER-ROUTINE
-- attacks: routine-without-context
-- after phase 6
create function public.projects_of(whose uuid) returns setof public.projects language sql stable security definer
  set search_path = '' as $f$ select * from public.projects p where p.client_id = whose $f$;
