insert into public.activity (actor, verb, subject_type, subject_id)
values (%(user)s, %(verb)s, 'document', %(document)s)
returning id::text as key
