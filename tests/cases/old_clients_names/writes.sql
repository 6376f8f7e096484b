insert into "Order Desk"."User" ("E-Mail") values ('new@x1.org');
insert into "Order Desk"."select" ("User Id") select "Id" from "Order Desk"."User" where "E-Mail" = 'new@x1.org' returning *;
insert into "Order Desk"."100% ""fun"" it's" select 100000, max("from"), 'non' from "Order Desk"."select" returning *;
update "Order Desk"."select" set "User Id" = (select "Id" from "Order Desk"."User" where "E-Mail" = 'u1@x1.org')
  where "from" = (select max("from") from "Order Desk"."select");
insert into public.plain select 100000, max(id) from public.a23456789_123456789_123456789_123456789_123456789_123456789_123;
