-- Tables as an object mapper names them: text keys, capitals, relation columns in camel case.
create table public."User" (id text primary key, email text unique not null, "createdAt" timestamp(3) not null default now());
create table public."Session" (id text primary key, "userId" text not null references public."User" (id) on delete cascade on update cascade);
create table public."Trace" (id text primary key, "userId" text references public."User" (id) on delete set null on update cascade);
create table public."Span" (id text primary key, "traceId" text not null references public."Trace" (id) on delete cascade on update cascade,
  "parentId" text references public."Span" (id) on delete cascade);
create index "Span_traceId_idx" on public."Span" ("traceId");
insert into public."User" select 'u' || g, 'u' || g || '@c' || g % 3 || '.io' from generate_series(1, 15) g;
insert into public."Session" select 's' || g, 'u' || 1 + g % 15 from generate_series(1, 40) g;
insert into public."Trace" select 't' || g, 'u' || 1 + g % 15 from generate_series(1, 40) g;
insert into public."Span" select 'p' || g, 't' || 1 + g % 40, case when g > 40 then 'p' || g - 40 end from generate_series(1, 120) g;
