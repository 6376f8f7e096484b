-- Tables with names that need quotes, percent signs, apostrophes and all 63 bytes step aside for views of the same names.
create schema "Order Desk";
create table "Order Desk"."User" ("Id" uuid primary key default gen_random_uuid(), "E-Mail" text);
create table "Order Desk"."select" (
  "from" bigint generated always as identity primary key,
  "User Id" uuid references "Order Desk"."User" ("Id"),
  "say ""hi""" text,
  "50% off" numeric
);
create unique index "ux of ""quotes""" on "Order Desk"."select" ("say ""hi""");
create table "Order Desk"."100% ""fun"" it's" (
  id bigint primary key, "{curly}" bigint references "Order Desk"."select" ("from") on delete cascade, "d'accord" text);
create table public.a23456789_123456789_123456789_123456789_123456789_123456789_123 (
  id bigint primary key, b23456789_123456789_123456789_123456789_123456789_123456789_123 uuid references "Order Desk"."User" ("Id"));
create table public.plain (id bigint primary key,
  a bigint references public.a23456789_123456789_123456789_123456789_123456789_123456789_123 (id));
create view "Order Desk"."joined" as
  select "select"."from", "100% ""fun"" it's"."d'accord" from "Order Desk"."select"
  join "Order Desk"."100% ""fun"" it's" on "{curly}" = "from";
insert into "Order Desk"."User" ("E-Mail") select 'u' || i || '@x' || i % 3 || '.org' from generate_series(1, 30) i;
insert into "Order Desk"."select" ("User Id", "50% off") select "Id", 5 from "Order Desk"."User", generate_series(1, 4);
insert into "Order Desk"."100% ""fun"" it's" select "from", "from", 'oui' from "Order Desk"."select";
insert into public.a23456789_123456789_123456789_123456789_123456789_123456789_123
  select row_number() over (), "Id" from "Order Desk"."User";
insert into public.plain select id, id from public.a23456789_123456789_123456789_123456789_123456789_123456789_123;
