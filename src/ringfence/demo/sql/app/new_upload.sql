insert into public.uploads (document_id, path, bytes, uploaded_by)
values (%(document)s, %(path)s, %(bytes)s, %(user)s)
returning id::text as key
