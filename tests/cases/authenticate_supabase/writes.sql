-- The application as before: somebody signs up, writes, and leaves.
insert into auth.users (id, email) values ('11111111-1111-4111-8111-111111111111', 'new@company1.example');
insert into public.profiles values ('11111111-1111-4111-8111-111111111111', 'New');
insert into public.documents (owner_id, title) values ('11111111-1111-4111-8111-111111111111', 'first');
insert into auth.sessions (id, user_id) values ('22222222-2222-4222-8222-222222222222', '11111111-1111-4111-8111-111111111111');
delete from auth.users where email = 'u3@company3.example';
