-- title: plant a row in another tenant by a MERGE
-- catalogue: P2 O17
-- actor: member
-- target: table
-- expect: untouched
merge into {{target}} t using (select 1) s on false when not matched then insert ({{insert_columns}}) overriding system value values ({{insert_values}});
