-- Every login and application that was ever seen connected.
select login, application, first_seen, last_seen, connections_max, oldest_backend_start as oldest_backend_at
from ringfence.session_samples
order by last_seen desc, login, application
