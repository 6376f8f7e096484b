-- How many endpoints are in each mode, and since when none of them has come into it.
select e.mode, pg_catalog.count(*) as endpoints, pg_catalog.max(e.mode_since) as since
from ringfence.endpoints e
group by e.mode
