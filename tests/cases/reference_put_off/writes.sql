select public.keep(1, 'kept');
select public.keep(500, 'new');
insert into public.remarks (id, article_id, body) values (9000, 500, 'on a new one');
insert into public.replies (id, remark_id, body) values (9000, 9000, 'to that');
update public.articles set user_id = (select id from public.users where email = 'u3@c3.com') where id in (1, 500);
update public.remarks set article_id = 2 where id = 1;
