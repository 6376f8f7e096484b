-- title: make a cast fail on a hidden row, so that the error prints its value
-- catalogue: P24
-- actor: member
-- target: table
-- expect: unseen
select 1 from {{target}} t where case when t.{{text}} like {{marker_pattern}}{{and_closed}} then t.{{text}}::integer = 1 else false end;
