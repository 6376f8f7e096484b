-- title: change every row, by an UPDATE whose conditions read no column
-- catalogue: P4 P6 P12
-- actor: member
-- target: table
-- expect: untouched
update {{target}} set {{plain}} = {{plain_value}} where {{brake}}({{own_rows}});
