-- title: read a row whose key one has guessed
-- catalogue: P1 P9 P26
-- actor: member
-- target: table
-- expect: no rows
select * from {{target}} t where {{other_key}};
