-- title: delete another tenant's row by a MERGE
-- catalogue: P5 O17
-- actor: member
-- target: table
-- expect: untouched
merge into {{target}} t using (select 1) s on {{other_key}} when matched then delete;
