-- title: read a partition or child without having logged in
-- catalogue: O3 P8
-- actor: nobody
-- target: child
-- expect: no rows
select 1 from {{target}} t where true{{and_closed}} limit 1;
