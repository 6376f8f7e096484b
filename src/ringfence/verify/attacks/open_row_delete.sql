-- title: delete a row that everybody may read
-- catalogue: P5 P12
-- actor: member
-- target: table
-- expect: untouched
delete from {{target}} t where {{other_open_key}};
