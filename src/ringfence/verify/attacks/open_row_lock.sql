-- title: lock a row that everybody may read, so that its owner waits
-- catalogue: P12 P27
-- actor: member
-- target: table
-- expect: no rows
select 1 from {{target}} t where {{other_open_key}} for update nowait;
