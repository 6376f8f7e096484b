-- What this login could do if SQL of somebody else ran in its session, whether a pooler stands in between, and whether
-- the server writes parameters into its log. Asked once per connection.
with recursive roles (oid) as (
    select r.oid from pg_catalog.pg_roles r where r.rolname = session_user
    union
    select m.roleid from pg_catalog.pg_auth_members m join roles on roles.oid = m.member
)
select
    pg_catalog.pg_backend_pid() as backend_pid,
    pg_catalog.inet_client_port() as client_port,
    array(
        select case
            when r.rolsuper then 'superuser ' || r.rolname
            when r.rolbypassrls then 'BYPASSRLS role ' || r.rolname
            when r.rolcreaterole then 'CREATEROLE role ' || r.rolname
            when r.rolreplication then 'REPLICATION role ' || r.rolname
            -- pg_read_all_data and the like; no name of a user's role may begin so
            when r.rolname like 'pg\_%' then 'predefined role ' || r.rolname
            else 'owner ' || r.rolname || ' of tables'
        end
        from roles join pg_catalog.pg_roles r using (oid)
        where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication or r.rolname like 'pg\_%'
            -- an owner can disable row security
            or exists (select from pg_catalog.pg_class c
                       where c.relowner = r.oid and c.relkind in ('r', 'p') and c.relpersistence <> 't')
        order by 1
    ) as powers,
    array(
        select s.name || ' = ' || s.value
        from (values
            ('log_parameter_max_length', 'log_statement', 'all', '0'),
            ('log_parameter_max_length', 'log_min_duration_statement', null, '0'),
            ('log_parameter_max_length', 'log_min_duration_sample', null, '0'),
            ('auto_explain.log_parameter_max_length', 'auto_explain.log_min_duration', null, '0')
        ) as w (length, name, logs_when, harmless),
        lateral (select w.name, pg_catalog.current_setting(w.name, true) as value,
                        pg_catalog.current_setting(w.length, true) as length) s
        where s.length <> w.harmless
            and case when w.logs_when is null then s.value <> '-1' else s.value = w.logs_when end
        union all
        select 'log_transaction_sample_rate = ' || pg_catalog.current_setting('log_transaction_sample_rate')
        where pg_catalog.current_setting('log_transaction_sample_rate')::numeric > 0
            and pg_catalog.current_setting('log_parameter_max_length') <> '0'
        union all
        select 'log_parameter_max_length_on_error = ' || pg_catalog.current_setting('log_parameter_max_length_on_error')
        where pg_catalog.current_setting('log_parameter_max_length_on_error') <> '0'
        union all
        select 'pgaudit.log_parameter = on' where pg_catalog.current_setting('pgaudit.log_parameter', true) = 'on'
    ) as logs
