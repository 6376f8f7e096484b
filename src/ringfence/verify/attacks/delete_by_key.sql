-- title: delete a row whose key one has guessed
-- catalogue: P5 P12
-- actor: member
-- target: table
-- expect: untouched
delete from {{target}} t where {{other_key}};
