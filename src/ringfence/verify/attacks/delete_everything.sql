-- title: delete every row, by a DELETE whose conditions read no column
-- catalogue: P5 P12
-- actor: member
-- target: table
-- expect: untouched
delete from {{target}} where {{brake}}({{own_rows}});
