-- The journal and what it refers to. Run once, in one transaction, by the role that migrates.

-- Not "if not exists": that asks for the right to create schemas even when somebody made one for us.
do $block$
begin
    if pg_catalog.to_regnamespace('ringfence') is null then
        create schema ringfence;
    end if;
end
$block$;

create table ringfence.journal (
    seq bigint primary key,
    at timestamptz not null,
    -- json and not jsonb: the hash is over the text, and jsonb would put the keys into another order
    event json not null,
    kind text not null generated always as (event ->> '$') stored,
    previous_hash text not null unique,
    hash text not null unique
);
comment on table ringfence.journal is 'Ringfence journal, format 1';

-- finds the open run on every append, however many batches came since
create index journal_runs on ringfence.journal (seq) where kind in ('RunStarted', 'RunEnded');

create table ringfence.plans (
    hash text primary key,
    document json not null,
    created_at timestamptz not null default pg_catalog.clock_timestamp()
);
comment on table ringfence.plans is 'Plans that were adopted, as the exact documents their hashes were made of';

create table ringfence.snapshots (
    name text primary key,
    document json not null,
    created_at timestamptz not null default pg_catalog.clock_timestamp()
);
comment on table ringfence.snapshots is 'Catalogs and counts taken on the way, to compare with after a revert';

create function ringfence.entry_hash_v1(previous_hash text, seq bigint, at timestamptz, event text) returns text
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
return pg_catalog.encode(
    pg_catalog.sha256(
        pg_catalog.convert_to(
            pg_catalog.concat_ws(
                E'\n',
                previous_hash,
                seq,
                pg_catalog.to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                event
            ),
            'UTF8'
        )
    ),
    'hex'
);
comment on function ringfence.entry_hash_v1(text, bigint, timestamptz, text) is
    'SHA-256 of a journal entry; the same as ringfence.journal.chain.entry_hash';

create function ringfence.append_v1(
    event_text text,
    out seq bigint,
    out at timestamptz,
    out previous_hash text,
    out hash text
)
language plpgsql volatile security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
    kind constant text := event_text::json ->> '$';
    my_run constant text := nullif(current_setting('ringfence.run_id', true), '');
    open_run text;
    head record;
begin
    -- Under a snapshot taken earlier the last entry could not be seen once the lock is ours.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'a journal entry was appended under isolation level %', current_setting('transaction_isolation')
            using errcode = 'RF508', hint = 'append in a READ COMMITTED transaction';
    end if;

    -- One appender at a time, until its transaction ends: that is why append is the last statement of a transaction.
    perform pg_advisory_xact_lock(1380535879, 2);

    select j.seq, j.at, j.event::text as event, j.previous_hash, j.hash
        into head
        from ringfence.journal j order by j.seq desc limit 1;
    if not found then
        seq := 1;
        previous_hash := repeat('0', 64);
        at := clock_timestamp();
    else
        -- Nothing is added to an end that does not hold: the first honest entry after a forged one would cover it.
        if head.hash is distinct from ringfence.entry_hash_v1(head.previous_hash, head.seq, head.at, head.event)
            or head.previous_hash is distinct from coalesce(
                (select j.hash from ringfence.journal j where j.seq = head.seq - 1), repeat('0', 64))
            or (head.seq > 1) is distinct from exists (select from ringfence.journal j where j.seq = head.seq - 1)
        then
            raise exception 'journal entry % is damaged: nothing is appended to it', head.seq
                using errcode = 'RF503',
                    hint = 'restore schema ringfence from the last backup in which `ringfence journal --verify` succeeds';
        end if;
        seq := head.seq + 1;
        previous_hash := head.hash;
        -- a clock that was set back must not make the journal run backwards
        at := greatest(clock_timestamp(), head.at);
    end if;

    select case when j.kind = 'RunStarted' then j.event ->> 'run_id' end
        into open_run
        from ringfence.journal j where j.kind in ('RunStarted', 'RunEnded') order by j.seq desc limit 1;

    case
        when kind in ('Accepted', 'PauseRequested', 'ResumeRequested') then
            null;  -- a person's word is never out of turn
        when kind in ('PlanAdopted', 'RunStarted') then
            -- The caller has asked the fold before; this holds against a second caller who asked at the same moment.
            if open_run is not null then
                raise exception '% cannot follow: run % has not ended', kind, open_run
                    using errcode = 'RF502', hint = 'ringfence status    (shows the run at work)';
            end if;
        when kind = 'RunEnded' then
            if open_run is distinct from event_text::json ->> 'run_id' then
                raise exception 'RunEnded of % cannot follow: the open run is %',
                    event_text::json ->> 'run_id', coalesce(open_run, '(none)')
                    using errcode = 'RF502', hint = 'ringfence status    (shows the run at work)';
            end if;
        -- A run that was taken for dead may still have a backend at work. Its transaction ends here and is rolled
        -- back, because a later run has opened, or none is open.
        when open_run is null or open_run is distinct from my_run then
            raise exception '% was refused: this session works for run %, the open run is %',
                kind, coalesce(my_run, '(none)'), coalesce(open_run, '(none)')
                using errcode = 'RF506', hint = 'ringfence status    (shows the run at work)';
        else
            null;
    end case;

    hash := ringfence.entry_hash_v1(previous_hash, seq, at, event_text);
    insert into ringfence.journal (seq, at, event, previous_hash, hash)
        values (append_v1.seq, append_v1.at, append_v1.event_text::json, append_v1.previous_hash, append_v1.hash);
end
$function$;
comment on function ringfence.append_v1(text) is
    'Appends one journal entry; the last statement of its transaction, READ COMMITTED';

create function ringfence.refuse_change_v1() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
begin
    raise exception '% of %.% was refused: it is append-only', tg_op, tg_table_schema, tg_table_name
        using errcode = 'RF510', hint = 'add a new entry instead; to begin anew, revert everything first';
end
$function$;

-- ENABLE ALWAYS: under session_replication_role = replica, which backfills use, an ordinary trigger would sleep.
create trigger refuse_change before update or delete or truncate on ringfence.journal
    for each statement execute function ringfence.refuse_change_v1();
alter table ringfence.journal enable always trigger refuse_change;
create trigger refuse_change before update or delete or truncate on ringfence.plans
    for each statement execute function ringfence.refuse_change_v1();
alter table ringfence.plans enable always trigger refuse_change;

-- Nobody but the owner, whatever default privileges this database hands out to new objects.
do $block$
declare
    command text;
begin
    for command in
        select format('revoke all on %s from %s cascade', objects.object, g.grantee)
        from (
            select format('table %s', c.oid::regclass) as object, c.relacl as acl, c.relowner as owner
                from pg_catalog.pg_class c
                where c.relnamespace = 'ringfence'::regnamespace and c.relkind = 'r'
            union all
            select format('function %s', p.oid::regprocedure), coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner
                from pg_catalog.pg_proc p
                where p.pronamespace = 'ringfence'::regnamespace
        ) objects
        cross join lateral pg_catalog.aclexplode(objects.acl) a
        cross join lateral (
            select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as grantee
        ) g
        where a.grantee <> objects.owner
        group by objects.object, g.grantee
    loop
        execute command;
    end loop;
end
$block$;
