-- Team and personal accounts in a schema of their own, as starter kits for Supabase have them: tenants exist and are adopted.
-- Needs supabase_prelude.sql.
create schema basis;
create type basis.account_role as enum ('owner', 'member');
create table basis.config (id boolean primary key default true check (id), enable_team_accounts boolean default true);
create table basis.accounts (
  id uuid primary key default gen_random_uuid(),
  primary_owner_user_id uuid not null default auth.uid() references auth.users,
  name text,
  slug text unique,
  personal_account boolean not null default false,
  created_at timestamptz default now()
);
create table basis.account_user (
  user_id uuid not null references auth.users on delete cascade,
  account_id uuid not null references basis.accounts on delete cascade,
  account_role basis.account_role not null,
  created_at timestamptz not null default now(),
  primary key (user_id, account_id)
);
create table basis.invitations (
  id uuid primary key default gen_random_uuid(),
  account_role basis.account_role not null,
  account_id uuid not null references basis.accounts on delete cascade,
  token text not null unique,
  invited_by_user_id uuid not null references auth.users,
  created_at timestamptz not null default now()
);
create table basis.billing_customers (
  account_id uuid not null references basis.accounts on delete cascade,
  id text primary key,
  email text,
  active boolean
);
create table basis.billing_subscriptions (
  id text primary key,
  account_id uuid not null references basis.accounts on delete cascade,
  billing_customer_id text not null references basis.billing_customers on delete cascade,
  status text
);
create table public.posts (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references basis.accounts on delete cascade,
  author_id uuid references auth.users on delete set null,
  title text not null
);
create table public.attachments (
  id bigint generated always as identity primary key,
  post_id uuid not null references public.posts on delete cascade,
  path text not null
);

insert into basis.config default values;
insert into auth.users (email) select 'member' || i || '@club' || i % 5 || '.test' from generate_series(1, 40) i;
insert into basis.accounts (primary_owner_user_id, name, personal_account) select id, split_part(email, '@', 1), true from auth.users;
insert into basis.accounts (primary_owner_user_id, name, slug)
select id, 'Team ' || n, 'team-' || n from (select id, row_number() over (order by email) n from auth.users) u where n <= 5;
insert into basis.account_user (user_id, account_id, account_role) select primary_owner_user_id, id, 'owner' from basis.accounts;
insert into basis.account_user (user_id, account_id, account_role)
select u.id, a.id, 'member' from auth.users u join basis.accounts a on not a.personal_account and a.slug = 'team-' || (split_part(split_part(u.email, '@club', 2), '.', 1)::integer + 1)
on conflict do nothing;
insert into basis.billing_customers (account_id, id) select id, 'cus_' || left(md5(id::text), 12) from basis.accounts;
insert into basis.billing_subscriptions (id, account_id, billing_customer_id, status)
select 'sub_' || left(md5(account_id::text), 12), account_id, id, 'active' from basis.billing_customers;
insert into basis.invitations (account_role, account_id, token, invited_by_user_id)
select 'member', id, md5(id::text), primary_owner_user_id from basis.accounts where not personal_account;
insert into public.posts (account_id, author_id, title) select id, primary_owner_user_id, 'Post' from basis.accounts, generate_series(1, 5);
insert into public.attachments (post_id, path) select id, id || '.png' from public.posts;
