-- title: change rows without having logged in
-- catalogue: P8 P12 P13
-- actor: nobody
-- target: table
-- expect: untouched
update {{target}} set {{plain}} = {{plain_value}} where {{brake}}(0);
