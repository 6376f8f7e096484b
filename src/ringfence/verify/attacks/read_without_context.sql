-- title: read without having logged in
-- catalogue: P8 P8b P8c P13
-- actor: nobody
-- target: table
-- expect: no rows
select 1 from {{target}} t where true{{and_closed}} limit 1;
