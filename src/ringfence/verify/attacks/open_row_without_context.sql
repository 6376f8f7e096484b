-- title: change a row that everybody may read, without having logged in
-- catalogue: P8 P12
-- actor: nobody
-- target: table
-- expect: untouched
update {{target}} t set {{plain}} = {{plain_value}} where {{other_open_key}};
