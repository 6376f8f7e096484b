-- Applications can put a random text into their name. The ones not seen for longest go beyond a number of rows.
delete from ringfence.session_samples s
using (
  select login, application
  from ringfence.session_samples
  order by last_seen desc, login, application
  offset %(rows_max)s
) as old
where s.login = old.login and s.application = old.application
