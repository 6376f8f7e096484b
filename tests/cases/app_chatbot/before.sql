-- A chat client for language models on Supabase: every table names its user, most hang on a workspace too, link tables join them.
-- Needs supabase_prelude.sql.
create table public.profiles (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null unique references auth.users on delete cascade,
  created_at timestamptz not null default now(),
  username text not null unique,
  display_name text not null default ''
);
create table public.workspaces (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  created_at timestamptz not null default now(),
  name text not null,
  is_home boolean not null default false
);
create table public.folders (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  workspace_id uuid not null references public.workspaces on delete cascade,
  name text not null
);
create table public.assistants (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  folder_id uuid references public.folders on delete set null,
  name text not null,
  model text not null,
  sharing text not null default 'private'
);
create table public.files (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  folder_id uuid references public.folders on delete set null,
  file_path text not null,
  tokens integer not null
);
create table public.file_items (
  id uuid primary key default gen_random_uuid(),
  file_id uuid not null references public.files on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  content text not null
);
create table public.chats (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  workspace_id uuid not null references public.workspaces on delete cascade,
  assistant_id uuid references public.assistants on delete cascade,
  folder_id uuid references public.folders on delete set null,
  name text not null
);
create table public.messages (
  id uuid primary key default gen_random_uuid(),
  chat_id uuid not null references public.chats on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  assistant_id uuid references public.assistants on delete cascade,
  role text not null,
  content text not null,
  sequence_number integer not null
);
create table public.message_file_items (
  user_id uuid not null references auth.users on delete cascade,
  message_id uuid not null references public.messages on delete cascade,
  file_item_id uuid not null references public.file_items on delete cascade,
  primary key (message_id, file_item_id)
);
create table public.assistant_workspaces (
  user_id uuid not null references auth.users on delete cascade,
  assistant_id uuid not null references public.assistants on delete cascade,
  workspace_id uuid not null references public.workspaces on delete cascade,
  primary key (assistant_id, workspace_id)
);
create table public.assistant_files (
  user_id uuid not null references auth.users on delete cascade,
  assistant_id uuid not null references public.assistants on delete cascade,
  file_id uuid not null references public.files on delete cascade,
  primary key (assistant_id, file_id)
);
create index on public.messages (chat_id);
create index on public.chats (workspace_id);

insert into auth.users (email) select 'chatter' || i || '@mail' || i % 5 || '.test' from generate_series(1, 40) i;
insert into public.profiles (user_id, username) select id, split_part(email, '@', 1) from auth.users;
insert into public.workspaces (user_id, name, is_home) select id, 'Home', true from auth.users;
insert into public.folders (user_id, workspace_id, name) select user_id, id, 'Folder' from public.workspaces;
insert into public.assistants (user_id, folder_id, name, model)
select user_id, case when name = 'Folder' then id end, 'Helper', 'small' from public.folders;
insert into public.files (user_id, file_path, tokens) select id, id || '/a.pdf', 10 from auth.users;
insert into public.file_items (file_id, user_id, content) select id, user_id, 'part' from public.files, generate_series(1, 3);
insert into public.chats (user_id, workspace_id, name) select user_id, id, 'Chat' from public.workspaces, generate_series(1, 3);
insert into public.messages (chat_id, user_id, role, content, sequence_number)
select id, user_id, 'user', 'hi', i from public.chats, generate_series(0, 3) i;
insert into public.message_file_items (user_id, message_id, file_item_id)
select m.user_id, m.id, f.id from public.messages m join public.file_items f using (user_id) where m.sequence_number = 0;
insert into public.assistant_workspaces (user_id, assistant_id, workspace_id)
select a.user_id, a.id, w.id from public.assistants a join public.workspaces w using (user_id);
insert into public.assistant_files (user_id, assistant_id, file_id)
select a.user_id, a.id, f.id from public.assistants a join public.files f using (user_id);
