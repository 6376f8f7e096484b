insert into public.titles values (5000, 'through a view');
select public.copy_post(1);
refresh materialized view concurrently public.counts;
update public.everything set title = 'x' where id = 2;
insert into public.everything (id, author_id, title) select 5001, id, 'y' from public.users where email = 'u1@c1.com';
delete from public.posts where id = 3;
