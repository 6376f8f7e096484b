-- title: write with a token of a tenant one is no member of any more
-- catalogue: P20
-- actor: former
-- target: table
-- expect: untouched
{{insert_for_other}};
