-- Where the server keeps its data, for a client on the same machine that may know.
select s.setting as data_directory
from pg_catalog.pg_settings as s
where s.name = 'data_directory'
