-- rules: RFA-DEFINER-ROUTINE
-- attacks: routine-read
-- attacks before: routine-read-user
-- step: enforce/reach/public.projects_of(whose uuid)
-- after phase 6
create function public.projects_of(whose uuid) returns setof public.projects language sql stable security definer
  set search_path = '' as $f$ select * from public.projects p where p.client_id = whose $f$;
-- before phase 0
create function public.projects_of(whose uuid) returns setof public.projects language sql stable security definer
  set search_path = '' as $f$ select * from public.projects p where p.owner_id = whose $f$;
-- spec
[contextless."public.projects_of(whose uuid)"]
way = "invoker"
reason = "shows what its caller may see"
