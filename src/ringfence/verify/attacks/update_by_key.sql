-- title: change a row whose key one has guessed
-- catalogue: P6 P12
-- actor: member
-- target: table
-- expect: untouched
update {{target}} t set {{plain}} = {{plain_value}} where {{other_key}};
