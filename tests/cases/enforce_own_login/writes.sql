-- The application, as the owner of its tables, before phase 6.
set role rf_case_app;
insert into public.people (email) values ('new@example.org');
insert into public.staff (account_id, person_id) select 2, id from public.people where email = 'new@example.org';
insert into public.readings (person_id, value) select id, 7 from public.people where email = 'new@example.org';
insert into public."Order Items" ("account id", what) values (3, ' padded ');
delete from public.readings where value = 3;
