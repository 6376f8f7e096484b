insert into public.sessions (user_id, user_agent) values (%(user)s, %(agent)s) returning id::text as key
