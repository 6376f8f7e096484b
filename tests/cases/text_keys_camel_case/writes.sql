insert into public."Trace" values ('tn', 'u1');
insert into public."Span" values ('pn', 'tn', null), ('pm', 'tn', 'pn');
update public."User" set id = 'renamed' where id = 'u2';
update public."Trace" set "userId" = 'u3' where id = 'tn';
delete from public."User" where id = 'u5';
