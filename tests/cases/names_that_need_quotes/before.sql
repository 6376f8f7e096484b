-- Every kind of name that breaks a tool which forgets to quote.
create schema "Order Desk";
create table "Order Desk"."User" ("Id" uuid primary key default gen_random_uuid(), "E-Mail" text);
create table "Order Desk"."select" (
  "from" bigint generated always as identity primary key,
  "User Id" uuid references "Order Desk"."User" ("Id"),
  "say ""hi""" text,
  "50% off" numeric
);
create index "ix of ""quotes""" on "Order Desk"."select" ("User Id");
create table "Order Desk"."Übergröße_straße_名前" (
  id bigint primary key, "{curly}" bigint references "Order Desk"."select" ("from") on delete cascade, "d'accord" text);
create table public.a23456789_123456789_123456789_123456789_123456789_123456789_123 (
  id bigint primary key, b23456789_123456789_123456789_123456789_123456789_123456789_123 uuid references "Order Desk"."User" ("Id"));
insert into "Order Desk"."User" ("E-Mail") select 'u' || i || '@x' || i % 3 || '.org' from generate_series(1, 30) i;
insert into "Order Desk"."select" ("User Id", "50% off") select "Id", 5 from "Order Desk"."User", generate_series(1, 4);
insert into "Order Desk"."Übergröße_straße_名前" select "from", "from", 'oui' from "Order Desk"."select";
insert into public.a23456789_123456789_123456789_123456789_123456789_123456789_123
  select row_number() over (), "Id" from "Order Desk"."User";
