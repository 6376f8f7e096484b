-- title: read a partition or child without having logged in
-- catalogue: P8 O3
-- actor: nobody
-- target: child
-- expect: no rows
select 1 from {{target}} t where true{{and_closed}} limit 1;
