-- title: change a row that is open to everybody's eyes, and to nobody's hands
-- catalogue: P6 P12
-- actor: member
-- target: table
-- expect: untouched
update {{target}} t set {{plain}} = {{plain_value}} where {{other_open_key}};
