insert into public.comments (document_id, author_id, body)
values (%(document)s, %(user)s, %(body)s)
returning id::text as key
