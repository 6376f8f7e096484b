-- rules: RFA-LARGE-OBJECTS
-- attacks: read-large-objects
-- after phase 6
do $do$ declare made oid := lo_create(0); begin execute format('grant select on large object %s to authenticated', made); end $do$;
