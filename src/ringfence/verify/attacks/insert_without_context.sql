-- title: plant a row without having logged in
-- catalogue: P2 P8 P13
-- actor: nobody
-- target: table
-- expect: refused
{{insert_for_other}};
