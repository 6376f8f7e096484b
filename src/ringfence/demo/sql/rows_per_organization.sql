-- Asked with the search path of new code: behind a view of old columns the plain name finds all of them.
-- Whose rows these are now; personal organizations share one line, the quarantine has its own.
with counted (organization, what) as (
  select client_id, 'profiles' from profiles
  union all select client_id, 'sessions' from sessions
  union all select client_id, 'folders' from folders
  union all select client_id, 'documents' from documents
  union all select client_id, 'uploads' from uploads
  union all select client_id, 'comments' from comments
  union all select client_id, 'activity' from activity
), totals as (
  select organization, what, pg_catalog.count(*) as rows from counted group by organization, what
)
select
  o.name,
  pg_catalog.count(distinct o.id) as organizations,
  (pg_catalog.sum(t.rows) filter (where t.what = 'profiles'))::pg_catalog.int8 as profiles,
  (pg_catalog.sum(t.rows) filter (where t.what = 'documents'))::pg_catalog.int8 as documents,
  (pg_catalog.sum(t.rows) filter (where t.what = 'comments'))::pg_catalog.int8 as comments,
  (pg_catalog.sum(t.rows) filter (where t.what = 'activity'))::pg_catalog.int8 as activity,
  pg_catalog.sum(t.rows)::pg_catalog.int8 as rows
from organizations o
join totals t on t.organization = o.id
group by o.name
order by rows desc, o.name
