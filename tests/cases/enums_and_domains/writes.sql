insert into public.invoices (owner, meta) select id, '{"z": [1, 2]}' from public.users where email = 'u3@c3.com';
update public.invoices set state = 'sent' where state = 'draft';
