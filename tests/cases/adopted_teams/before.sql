-- Teams and memberships are there already; some tables name their team, others hang on them or on a user.
create table public.profiles (id uuid primary key default gen_random_uuid(), email text);
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null, slug text unique not null);
create table public.team_members (team_id uuid references public.teams, user_id uuid references public.profiles,
  role text default 'member', joined_at timestamptz default now(), primary key (team_id, user_id));
create table public.boards (id bigint primary key, team_id uuid not null references public.teams, name text);
create table public.cards (id bigint primary key, board_id bigint not null references public.boards on delete cascade, title text);
create table public.saved_views (id bigint primary key, user_id uuid not null references public.profiles, query text);
insert into public.profiles (email) select 'u' || i || '@x.com' from generate_series(1, 20) i;
insert into public.teams (name, slug) select 'Team ' || i, 'team-' || i from generate_series(1, 4) i;
insert into public.team_members (team_id, user_id, joined_at)
  select t.id, p.id, timestamptz '2024-01-01' + (row_number() over (order by p.email, t.slug)) * interval '1 hour'
  from public.profiles p join public.teams t
    on right(t.slug, 1)::int = 1 + (substring(p.email from 2 for 1)::int % 4)
    or (right(t.slug, 1)::int = 2 and p.email like '%5@%');
insert into public.boards select row_number() over (), id, 'b' from public.teams, generate_series(1, 3);
insert into public.cards select g, 1 + g % 12, 'c' from generate_series(1, 200) g;
insert into public.saved_views select row_number() over (), id, 'q' from public.profiles;
