-- An administrator, who bypasses, writes and deletes without a tenant; the rule goes on to keep what is removed.
insert into public.readings (person_id, value) values (5, 77);
insert into public.fine_readings (person_id, value, unit) values (6, 78, 'mm');
delete from public.readings where value = 4;
