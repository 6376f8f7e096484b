insert into public.documents (owner_id, folder_id, title, slug, body)
values (%(user)s, %(folder)s, %(title)s, %(slug)s, %(body)s)
returning id::text as key
