-- Members come, go, and come back; an account is suspended.
insert into public.people (email) values ('new@example.org');
insert into public.staff (account_id, person_id, is_main) select 2, id, true from public.people where email = 'new@example.org';
update public.staff set removed_at = now() where person_id = 1 and account_id = 3;
update public.staff set removed_at = null where person_id = 1 and account_id = 3;
update public.staff set "Role" = 'owner' where person_id = 2;
delete from public.staff where person_id = 4 and not is_main;
update public.accounts set status = 'suspended' where id = 4;
insert into public.invoices (account_id, total) values (2, 7);
