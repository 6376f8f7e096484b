-- title: read through a function that runs any query
-- catalogue: O12
-- actor: member
-- target: table
-- expect: unseen
select pg_catalog.query_to_xml({{read_other_text}}, false, false, '');
