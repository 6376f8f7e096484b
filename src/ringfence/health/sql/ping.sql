-- The least a server can be asked.
select 1 as one
