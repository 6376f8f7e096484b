insert into public.comments values (1001, null, null, (select id from public.users where email = 'u1@c1.com'), 'mine');
update public.comments set project_id = 3 where id = 1001;
update public.comments set task_id = 5 where id = 1001;
update public.comments set task_id = null, project_id = null where id = 1001;
delete from public.tasks where id = 5;
delete from public.projects where id = 3;
