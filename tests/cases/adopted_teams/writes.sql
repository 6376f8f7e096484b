insert into public.boards select 100, id, 'new' from public.teams where slug = 'team-2';
insert into public.cards values (1000, 100, 'new');
update public.boards set team_id = (select id from public.teams where slug = 'team-3') where id = 100;
insert into public.saved_views select 1000, id, 'new' from public.profiles where email = 'u7@x.com';
