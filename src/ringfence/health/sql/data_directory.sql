-- Where the server keeps its data, and when it wrote its process id there: only the very same folder has that time.
select
  pg_catalog.current_setting('data_directory') as directory,
  extract(epoch from (pg_catalog.pg_stat_file('postmaster.pid')).modification)::float8 as pid_file_modified
