-- title: lock another tenant's row
-- catalogue: P1 P27
-- actor: member
-- target: table
-- expect: no rows
select 1 from {{target}} t where {{other_key}} for update nowait;
