-- The auth server, when somebody registers; the desk's trigger writes the profile.
insert into auth.users (id, email, raw_user_meta_data)
values (%(id)s, %(email)s, jsonb_build_object('name', %(name)s::text))
returning id::text as key
