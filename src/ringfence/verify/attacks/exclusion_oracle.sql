-- title: ask an exclusion constraint whether another tenant has something there
-- catalogue: K7
-- actor: member
-- target: table
-- expect: same
{{insert_excluded_by_other}};
{{insert_excluded_by_none}};
