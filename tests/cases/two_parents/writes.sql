insert into public.document_tags values (4, 1);
update public.document_tags set document_id = 6 where document_id = 4 and tag_id = 1;
delete from public.tags where id = 2;
