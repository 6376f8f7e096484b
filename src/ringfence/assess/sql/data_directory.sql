-- Where the server keeps its data, and when its process id file was written: by both a client knows whether the folder
-- of that name on its own machine is the server's. For roles that may execute pg_stat_file() only.
select
  pg_catalog.current_setting('data_directory') as data_directory,
  extract(epoch from (pg_catalog.pg_stat_file('postmaster.pid')).modification)::bigint as started_s
