-- Two application schemas and tables of the same name in both.
create schema sales;
create schema support;
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table sales.accounts (id bigint primary key, owner_id uuid references public.users);
create table sales.notes (id bigint primary key, account_id bigint references sales.accounts, body text);
create table support.tickets (id bigint primary key, account_id bigint references sales.accounts, title text);
create table support.notes (id bigint primary key, ticket_id bigint not null references support.tickets on delete cascade);
create table support.topics (id int primary key, name text);
insert into support.topics values (1, 'billing'), (2, 'bugs');
insert into sales.accounts select row_number() over (), id from public.users;
insert into sales.notes select id, id, 'x' from sales.accounts;
insert into support.tickets select id, id, 't' from sales.accounts;
insert into support.notes select id * 10 + g, id from support.tickets, generate_series(1, 3) g;
