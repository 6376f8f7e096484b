-- title: ask the primary key whether a row of that key exists somewhere
-- catalogue: K1 K8b
-- actor: member
-- target: table
-- residual: yes
-- expect: same
{{insert_key_of_other}};
{{insert_unused}};
