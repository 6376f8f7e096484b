-- title: ask a unique key whether another tenant has a value
-- catalogue: K1 K2
-- actor: member
-- target: table
-- expect: same
{{insert_unique_of_other}};
{{insert_unique_unused}};
