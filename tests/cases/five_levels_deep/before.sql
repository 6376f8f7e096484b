-- The owner is five tables away.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.l1 (id bigint primary key, user_id uuid not null references public.users);
create table public.l2 (id bigint primary key, l1_id bigint not null references public.l1 on delete cascade);
create table public.l3 (id bigint primary key, l2_id bigint not null references public.l2 on delete cascade);
create table public.l4 (id bigint primary key, l3_id bigint not null references public.l3 on delete cascade);
create table public.l5 (id bigint primary key, l4_id bigint references public.l4 on delete cascade);
insert into public.l1 select row_number() over (), id from public.users;
insert into public.l2 select id, id from public.l1;
insert into public.l3 select id, id from public.l2;
insert into public.l4 select id, id from public.l3;
insert into public.l5 select id, id from public.l4;
insert into public.l5 values (999, null);
