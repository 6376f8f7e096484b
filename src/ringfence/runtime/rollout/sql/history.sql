-- The newest changes, of one endpoint or of all.
select at, endpoint, kind, mode_before, percent_before, mode_after, percent_after, reason, login
from ringfence.endpoint_events
where %(endpoint)s::text is null or endpoint = %(endpoint)s
order by id desc
limit %(limit)s
