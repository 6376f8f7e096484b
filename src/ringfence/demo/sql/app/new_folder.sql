insert into public.folders (owner_id, parent_id, name) values (%(user)s, %(parent)s, %(name)s) returning id::text as key
