insert into public.files values (1000, 2, 'new');
insert into public.file_versions values (1000, 1000, 1);
update public.files set workspace = 3 where id = 1000;
insert into public.drafts values (1000, 4, 'new');
