CREATE SCHEMA auth;

CREATE SCHEMA cron;

CREATE SCHEMA extensions;

CREATE SCHEMA graphql;

CREATE SCHEMA graphql_public;

CREATE SCHEMA net;

CREATE SCHEMA pgmq;

CREATE SCHEMA pgsodium;

CREATE SCHEMA realtime;

CREATE SCHEMA storage;

CREATE SCHEMA supabase_functions;

CREATE SCHEMA supabase_migrations;

CREATE SCHEMA vault;

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE DOMAIN extensions.citext AS text;

CREATE TYPE pgmq.message_record AS (
	msg_id bigint,
	read_ct integer,
	enqueued_at timestamp with time zone,
	vt timestamp with time zone,
	message jsonb
);

CREATE FUNCTION auth.email() RETURNS text
    LANGUAGE sql STABLE
    AS $$
  select coalesce(nullif(current_setting('request.jwt.claim.email', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email') $$;

CREATE FUNCTION auth.jwt() RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;

CREATE FUNCTION auth.role() RETURNS text
    LANGUAGE sql STABLE
    AS $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role') $$;

CREATE FUNCTION auth.uid() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;

CREATE FUNCTION cron.alter_job(job_id bigint, schedule text DEFAULT NULL::text, command text DEFAULT NULL::text, database text DEFAULT NULL::text, username text DEFAULT NULL::text, active boolean DEFAULT NULL::boolean) RETURNS void
    LANGUAGE sql
    AS $$ select $$;

CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint
    LANGUAGE sql
    AS $$ insert into cron.job(schedule, command) values (schedule, command) returning jobid $$;

CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint
    LANGUAGE sql
    AS $$ insert into cron.job(jobname, schedule, command) values (job_name, schedule, command) returning jobid $$;

CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean
    LANGUAGE sql
    AS $$ delete from cron.job where jobid = job_id; select true $$;

CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean
    LANGUAGE sql
    AS $$ delete from cron.job where jobname = job_name; select true $$;

CREATE FUNCTION extensions.crypt(pw text, salt text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select left(salt,22)||md5(pw||left(salt,22)) $$;

CREATE FUNCTION extensions.digest(data bytea, algo text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select case lower(algo) when 'md5' then decode(md5(data),'hex') when 'sha224' then sha224(data) when 'sha384' then sha384(data) when 'sha512' then sha512(data) else sha256(data) end $$;

CREATE FUNCTION extensions.digest(data text, algo text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select extensions.digest(convert_to(data,'UTF8'), algo) $$;

CREATE FUNCTION extensions.gen_random_bytes(n integer) RETURNS bytea
    LANGUAGE sql
    AS $$ select substring(decode(string_agg(replace(gen_random_uuid()::text,'-',''),''),'hex') from 1 for n) from generate_series(1, n/16+1) $$;

CREATE FUNCTION extensions.gen_salt(t text, i integer DEFAULT 6) RETURNS text
    LANGUAGE sql
    AS $_$ select '$stub$'||substr(md5(gen_random_uuid()::text),1,16) $_$;

CREATE FUNCTION extensions.hmac(data bytea, key bytea, algo text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select extensions.digest(key || data, algo) $$;

CREATE FUNCTION extensions.hmac(data text, key text, algo text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select extensions.digest(key || data, algo) $$;

CREATE FUNCTION extensions.json_matches_schema(schema json, instance json) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$ select true $$;

CREATE FUNCTION extensions.jsonb_matches_schema(schema json, instance jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$ select true $$;

CREATE FUNCTION extensions.moddatetime() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin new := jsonb_populate_record(new, jsonb_build_object(tg_argv[0], now())); return new; end $$;

CREATE FUNCTION extensions.pgp_sym_decrypt(d bytea, k text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select convert_from(d,'UTF8') $$;

CREATE FUNCTION extensions.pgp_sym_decrypt(d bytea, k text, o text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select convert_from(d,'UTF8') $$;

CREATE FUNCTION extensions.pgp_sym_encrypt(d text, k text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select convert_to(d,'UTF8') $$;

CREATE FUNCTION extensions.pgp_sym_encrypt(d text, k text, o text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select convert_to(d,'UTF8') $$;

CREATE FUNCTION extensions.sign(payload json, secret text, algorithm text DEFAULT 'HS256'::text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select 'stub' $$;

CREATE FUNCTION extensions.similarity(a text, b text) RETURNS real
    LANGUAGE sql IMMUTABLE
    AS $$ select (case when a = b then 1 else 0 end)::real $$;

CREATE FUNCTION extensions.similarity_op(a text, b text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$ select a = b $$;

CREATE FUNCTION extensions.unaccent(t text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select t $$;

CREATE FUNCTION extensions.uuid_generate_v1() RETURNS uuid
    LANGUAGE sql
    AS $$ select gen_random_uuid() $$;

CREATE FUNCTION extensions.uuid_generate_v1mc() RETURNS uuid
    LANGUAGE sql
    AS $$ select gen_random_uuid() $$;

CREATE FUNCTION extensions.uuid_generate_v3(ns uuid, nm text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select md5(ns::text||nm)::uuid $$;

CREATE FUNCTION extensions.uuid_generate_v4() RETURNS uuid
    LANGUAGE sql
    AS $$ select gen_random_uuid() $$;

CREATE FUNCTION extensions.uuid_generate_v5(ns uuid, nm text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select md5(ns::text||nm)::uuid $$;

CREATE FUNCTION extensions.uuid_nil() RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

CREATE FUNCTION extensions.uuid_ns_dns() RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION extensions.uuid_ns_oid() RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION extensions.uuid_ns_url() RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION extensions.verify(token text, secret text, algorithm text DEFAULT 'HS256'::text) RETURNS TABLE(header json, payload json, valid boolean)
    LANGUAGE sql IMMUTABLE
    AS $$ select '{}'::json, '{}'::json, true $$;

CREATE FUNCTION extensions.word_similarity(a text, b text) RETURNS real
    LANGUAGE sql IMMUTABLE
    AS $$ select (case when a = b then 1 else 0 end)::real $$;

CREATE FUNCTION graphql_public.graphql("operationName" text DEFAULT NULL::text, query text DEFAULT NULL::text, variables jsonb DEFAULT NULL::jsonb, extensions jsonb DEFAULT NULL::jsonb) RETURNS jsonb
    LANGUAGE sql
    AS $$ select '{}'::jsonb $$;

CREATE FUNCTION net.http_delete(url text, params jsonb DEFAULT '{}'::jsonb, headers jsonb DEFAULT '{}'::jsonb, timeout_milliseconds integer DEFAULT 1000, body jsonb DEFAULT NULL::jsonb) RETURNS bigint
    LANGUAGE sql
    AS $$ select 1::bigint $$;

CREATE FUNCTION net.http_get(url text, params jsonb DEFAULT '{}'::jsonb, headers jsonb DEFAULT '{}'::jsonb, timeout_milliseconds integer DEFAULT 1000) RETURNS bigint
    LANGUAGE sql
    AS $$ select 1::bigint $$;

CREATE FUNCTION net.http_post(url text, body jsonb DEFAULT '{}'::jsonb, params jsonb DEFAULT '{}'::jsonb, headers jsonb DEFAULT '{}'::jsonb, timeout_milliseconds integer DEFAULT 1000) RETURNS bigint
    LANGUAGE sql
    AS $$ select 1::bigint $$;

CREATE FUNCTION pgmq.archive(queue_name text, msg_id bigint) RETURNS boolean
    LANGUAGE sql
    AS $$ select true $$;

CREATE FUNCTION pgmq."create"(queue_name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  execute format('create table if not exists pgmq.%I (msg_id bigint generated always as identity primary key, read_ct int not null default 0, enqueued_at timestamptz not null default now(), vt timestamptz not null default now(), message jsonb)', 'q_'||queue_name);
  execute format('create table if not exists pgmq.%I (msg_id bigint primary key, read_ct int not null default 0, enqueued_at timestamptz not null default now(), archived_at timestamptz not null default now(), vt timestamptz not null default now(), message jsonb)', 'a_'||queue_name);
  insert into pgmq.meta(queue_name) values (queue_name) on conflict do nothing;
end $$;

CREATE FUNCTION pgmq.delete(queue_name text, msg_id bigint) RETURNS boolean
    LANGUAGE sql
    AS $$ select true $$;

CREATE FUNCTION pgmq.pop(queue_name text) RETURNS SETOF pgmq.message_record
    LANGUAGE sql
    AS $$ select null::bigint, 0, now(), now(), '{}'::jsonb where false $$;

CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer) RETURNS SETOF pgmq.message_record
    LANGUAGE sql
    AS $$ select null::bigint, 0, now(), now(), '{}'::jsonb where false $$;

CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, delay integer DEFAULT 0) RETURNS SETOF bigint
    LANGUAGE sql
    AS $$ select 1::bigint $$;

CREATE FUNCTION public.total_notes() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO ''
    AS $$ select count(*) from public.notes $$;

CREATE FUNCTION realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record, level text DEFAULT 'ROW'::text) RETURNS void
    LANGUAGE plpgsql
    AS $$ begin perform realtime.send(to_jsonb(new), event_name, topic_name); end $$;

CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin insert into realtime.messages(payload, event, topic, private, extension) values (payload, event, topic, private, 'broadcast'); end $$;

CREATE FUNCTION realtime.topic() RETURNS text
    LANGUAGE sql STABLE
    AS $$ select nullif(current_setting('realtime.topic', true), '') $$;

CREATE FUNCTION storage.allow_any_operation(expected_operations text[]) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select true $$;

CREATE FUNCTION storage.allow_only_operation(expected_operation text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select true $$;

CREATE FUNCTION storage.extension(name text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  select split_part(storage.filename(name), '.', 2) $$;

CREATE FUNCTION storage.filename(name text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  select (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)] $$;

CREATE FUNCTION storage.foldername(name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  select (string_to_array(name, '/'))[1 : greatest(array_length(string_to_array(name, '/'), 1) - 1, 0)] $$;

CREATE FUNCTION storage.get_size_by_bucket() RETURNS TABLE(size bigint, bucket_id text)
    LANGUAGE sql STABLE
    AS $$
  select sum((metadata->>'size')::bigint)::bigint, o.bucket_id from storage.objects o group by o.bucket_id $$;

CREATE FUNCTION supabase_functions.http_request() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin return coalesce(new, old); end $$;

CREATE FUNCTION vault.create_secret(new_secret text, new_name text DEFAULT NULL::text, new_description text DEFAULT ''::text, new_key_id uuid DEFAULT NULL::uuid) RETURNS uuid
    LANGUAGE sql
    AS $$ insert into vault.secrets(secret, name, description) values (new_secret, new_name, new_description) returning id $$;

CREATE FUNCTION vault.update_secret(secret_id uuid, new_secret text DEFAULT NULL::text, new_name text DEFAULT NULL::text, new_description text DEFAULT NULL::text, new_key_id uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE sql
    AS $$ update vault.secrets set secret = coalesce(new_secret, secret), name = coalesce(new_name, name) where id = secret_id $$;

CREATE OPERATOR extensions.% (
    FUNCTION = extensions.similarity_op,
    LEFTARG = text,
    RIGHTARG = text
);

CREATE OPERATOR extensions.<-> (
    FUNCTION = extensions.similarity,
    LEFTARG = text,
    RIGHTARG = text
);

CREATE TABLE auth.audit_log_entries (
    instance_id uuid,
    id uuid NOT NULL,
    payload json,
    created_at timestamp with time zone,
    ip_address character varying(64) DEFAULT ''::character varying NOT NULL
);

CREATE TABLE auth.identities (
    provider_id text NOT NULL,
    user_id uuid NOT NULL,
    identity_data jsonb NOT NULL,
    provider text NOT NULL,
    last_sign_in_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    email text GENERATED ALWAYS AS (lower((identity_data ->> 'email'::text))) STORED,
    id uuid DEFAULT gen_random_uuid() NOT NULL
);

CREATE TABLE auth.mfa_amr_claims (
    session_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    authentication_method text NOT NULL,
    id uuid NOT NULL
);

CREATE TABLE auth.mfa_factors (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    friendly_name text,
    factor_type text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    secret text,
    phone text,
    last_challenged_at timestamp with time zone
);

CREATE TABLE auth.one_time_tokens (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_type text NOT NULL,
    token_hash text NOT NULL,
    relates_to text NOT NULL,
    created_at timestamp without time zone DEFAULT now(),
    updated_at timestamp without time zone DEFAULT now()
);

CREATE TABLE auth.refresh_tokens (
    instance_id uuid,
    id bigint NOT NULL,
    token character varying(255),
    user_id character varying(255),
    revoked boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    parent character varying(255),
    session_id uuid
);

CREATE SEQUENCE auth.refresh_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE auth.refresh_tokens_id_seq OWNED BY auth.refresh_tokens.id;

CREATE TABLE auth.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    factor_id uuid,
    aal text,
    not_after timestamp with time zone,
    refreshed_at timestamp without time zone,
    user_agent text,
    ip inet,
    tag text
);

CREATE TABLE auth.sso_domains (
    id uuid NOT NULL,
    sso_provider_id uuid,
    domain text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE auth.sso_providers (
    id uuid NOT NULL,
    resource_id text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE auth.users (
    instance_id uuid,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    aud character varying(255),
    role character varying(255),
    email character varying(255),
    encrypted_password character varying(255),
    email_confirmed_at timestamp with time zone,
    invited_at timestamp with time zone,
    confirmation_token character varying(255),
    confirmation_sent_at timestamp with time zone,
    recovery_token character varying(255),
    recovery_sent_at timestamp with time zone,
    email_change_token_new character varying(255),
    email_change character varying(255),
    email_change_sent_at timestamp with time zone,
    last_sign_in_at timestamp with time zone,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    is_super_admin boolean,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    phone text,
    phone_confirmed_at timestamp with time zone,
    phone_change text DEFAULT ''::text,
    phone_change_token character varying(255) DEFAULT ''::character varying,
    phone_change_sent_at timestamp with time zone,
    confirmed_at timestamp with time zone GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
    email_change_token_current character varying(255) DEFAULT ''::character varying,
    email_change_confirm_status smallint DEFAULT 0,
    banned_until timestamp with time zone,
    reauthentication_token character varying(255) DEFAULT ''::character varying,
    reauthentication_sent_at timestamp with time zone,
    is_sso_user boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    is_anonymous boolean DEFAULT false NOT NULL
);

CREATE TABLE cron.job (
    jobid bigint NOT NULL,
    schedule text NOT NULL,
    command text NOT NULL,
    nodename text DEFAULT 'localhost'::text,
    nodeport integer DEFAULT 5432,
    database text DEFAULT current_database(),
    username text DEFAULT CURRENT_USER,
    active boolean DEFAULT true,
    jobname text
);

CREATE SEQUENCE cron.job_jobid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE cron.job_jobid_seq OWNED BY cron.job.jobid;

CREATE TABLE cron.job_run_details (
    jobid bigint,
    runid bigint NOT NULL,
    job_pid integer,
    database text,
    username text,
    command text,
    status text,
    return_message text,
    start_time timestamp with time zone,
    end_time timestamp with time zone
);

CREATE SEQUENCE cron.job_run_details_runid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE cron.job_run_details_runid_seq OWNED BY cron.job_run_details.runid;

CREATE TABLE net._http_response (
    id bigint,
    status_code integer,
    content_type text,
    headers jsonb,
    content text,
    timed_out boolean,
    error_msg text,
    created timestamp with time zone DEFAULT now()
);

CREATE TABLE net.http_request_queue (
    id bigint NOT NULL,
    method text,
    url text,
    headers jsonb,
    body bytea,
    timeout_milliseconds integer
);

CREATE SEQUENCE net.http_request_queue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE net.http_request_queue_id_seq OWNED BY net.http_request_queue.id;

CREATE TABLE pgmq.meta (
    queue_name text NOT NULL,
    is_partitioned boolean DEFAULT false,
    is_unlogged boolean DEFAULT false,
    created_at timestamp with time zone DEFAULT now()
);

CREATE TABLE public.notes (
    id bigint NOT NULL,
    project_id bigint NOT NULL,
    body text NOT NULL,
    client_id uuid NOT NULL
);

ALTER TABLE public.notes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW public.project_sizes AS
SELECT
    NULL::bigint AS id,
    NULL::uuid AS owner_id,
    NULL::bigint AS notes;

CREATE TABLE public.projects (
    id bigint NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    client_id uuid NOT NULL
);

ALTER TABLE public.projects ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.projects_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE MATERIALIZED VIEW public.sizes AS
 SELECT owner_id,
    sum(notes) AS notes
   FROM public.project_sizes
  GROUP BY owner_id
  WITH NO DATA;

CREATE TABLE public.user_organizations (
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE realtime.messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    topic text NOT NULL,
    extension text NOT NULL,
    payload jsonb,
    event text,
    private boolean DEFAULT false,
    updated_at timestamp without time zone DEFAULT now() NOT NULL,
    inserted_at timestamp without time zone DEFAULT now() NOT NULL
);

CREATE TABLE realtime.subscription (
    id bigint NOT NULL,
    subscription_id uuid NOT NULL,
    entity regclass NOT NULL,
    claims jsonb NOT NULL,
    created_at timestamp without time zone DEFAULT now()
);

CREATE SEQUENCE realtime.subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE realtime.subscription_id_seq OWNED BY realtime.subscription.id;

CREATE TABLE storage.buckets (
    id text NOT NULL,
    name text NOT NULL,
    owner uuid,
    owner_id text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    public boolean DEFAULT false,
    avif_autodetection boolean DEFAULT false,
    file_size_limit bigint,
    allowed_mime_types text[],
    type text DEFAULT 'STANDARD'::text
);

CREATE TABLE storage.migrations (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    hash character varying(40) NOT NULL,
    executed_at timestamp without time zone DEFAULT now()
);

CREATE TABLE storage.objects (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    bucket_id text,
    name text,
    owner uuid,
    owner_id text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    last_accessed_at timestamp with time zone DEFAULT now(),
    metadata jsonb,
    path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/'::text)) STORED,
    version text,
    user_metadata jsonb,
    level integer
);

CREATE TABLE storage.s3_multipart_uploads (
    id text NOT NULL,
    in_progress_size bigint DEFAULT 0 NOT NULL,
    upload_signature text NOT NULL,
    bucket_id text NOT NULL,
    key text NOT NULL,
    version text NOT NULL,
    owner_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    user_metadata jsonb
);

CREATE TABLE vault.secrets (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text,
    description text DEFAULT ''::text,
    secret text NOT NULL,
    key_id uuid,
    nonce bytea,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);

CREATE VIEW vault.decrypted_secrets AS
 SELECT id,
    name,
    description,
    secret,
    key_id,
    nonce,
    created_at,
    updated_at,
    secret AS decrypted_secret
   FROM vault.secrets s;

ALTER TABLE ONLY auth.refresh_tokens ALTER COLUMN id SET DEFAULT nextval('auth.refresh_tokens_id_seq'::regclass);

ALTER TABLE ONLY cron.job ALTER COLUMN jobid SET DEFAULT nextval('cron.job_jobid_seq'::regclass);

ALTER TABLE ONLY cron.job_run_details ALTER COLUMN runid SET DEFAULT nextval('cron.job_run_details_runid_seq'::regclass);

ALTER TABLE ONLY net.http_request_queue ALTER COLUMN id SET DEFAULT nextval('net.http_request_queue_id_seq'::regclass);

ALTER TABLE ONLY realtime.subscription ALTER COLUMN id SET DEFAULT nextval('realtime.subscription_id_seq'::regclass);

ALTER TABLE ONLY auth.audit_log_entries
    ADD CONSTRAINT audit_log_entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.identities
    ADD CONSTRAINT identities_provider_id_provider_key UNIQUE (provider_id, provider);

ALTER TABLE ONLY auth.mfa_amr_claims
    ADD CONSTRAINT mfa_amr_claims_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.mfa_factors
    ADD CONSTRAINT mfa_factors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.one_time_tokens
    ADD CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.refresh_tokens
    ADD CONSTRAINT refresh_tokens_token_key UNIQUE (token);

ALTER TABLE ONLY auth.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.sso_domains
    ADD CONSTRAINT sso_domains_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.sso_providers
    ADD CONSTRAINT sso_providers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY auth.users
    ADD CONSTRAINT users_phone_key UNIQUE (phone);

ALTER TABLE ONLY auth.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY cron.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (jobid);

ALTER TABLE ONLY cron.job_run_details
    ADD CONSTRAINT job_run_details_pkey PRIMARY KEY (runid);

ALTER TABLE ONLY pgmq.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (queue_name);

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY realtime.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id, inserted_at);

ALTER TABLE ONLY realtime.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY storage.buckets
    ADD CONSTRAINT buckets_name_key UNIQUE (name);

ALTER TABLE ONLY storage.buckets
    ADD CONSTRAINT buckets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY storage.migrations
    ADD CONSTRAINT migrations_name_key UNIQUE (name);

ALTER TABLE ONLY storage.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY storage.objects
    ADD CONSTRAINT objects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY storage.s3_multipart_uploads
    ADD CONSTRAINT s3_multipart_uploads_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vault.secrets
    ADD CONSTRAINT secrets_name_key UNIQUE (name);

ALTER TABLE ONLY vault.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX users_email_partial_key ON auth.users USING btree (email) WHERE (is_sso_user = false);

CREATE INDEX notes_client_id_id_idx ON public.notes USING btree (client_id, id);

CREATE INDEX notes_client_id_project_id_idx ON public.notes USING btree (client_id, project_id);

CREATE INDEX notes_project_id_idx ON public.notes USING btree (project_id);

CREATE INDEX projects_client_id_owner_id_idx ON public.projects USING btree (client_id, owner_id);

CREATE INDEX projects_owner_id_idx ON public.projects USING btree (owner_id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE UNIQUE INDEX bucketid_objname ON storage.objects USING btree (bucket_id, name);

CREATE OR REPLACE VIEW public.project_sizes AS
 SELECT projects.id,
    projects.owner_id,
    count(notes.id) AS notes
   FROM (public.projects
     LEFT JOIN public.notes ON ((notes.project_id = projects.id)))
  GROUP BY projects.id;

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_notes();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.projects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_projects();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.notes FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_notes();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.projects FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.notes FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.project_id IS DISTINCT FROM new.project_id))) EXECUTE FUNCTION ringfence.fill_public_notes();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.projects FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_projects();

ALTER TABLE ONLY auth.identities
    ADD CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY auth.mfa_amr_claims
    ADD CONSTRAINT mfa_amr_claims_session_id_fkey FOREIGN KEY (session_id) REFERENCES auth.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY auth.mfa_factors
    ADD CONSTRAINT mfa_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY auth.one_time_tokens
    ADD CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY auth.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES auth.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY auth.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY auth.sso_domains
    ADD CONSTRAINT sso_domains_sso_provider_id_fkey FOREIGN KEY (sso_provider_id) REFERENCES auth.sso_providers(id);

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_client_id_project_id_fkey FOREIGN KEY (client_id, project_id) REFERENCES public.projects(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES auth.users(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY storage.objects
    ADD CONSTRAINT objects_bucket_id_fkey FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id);

ALTER TABLE ONLY storage.s3_multipart_uploads
    ADD CONSTRAINT s3_multipart_uploads_bucket_id_fkey FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id);

CREATE POLICY figures ON public.projects FOR SELECT TO rf_case_figures USING (true);

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

CREATE POLICY "own projects" ON public.projects TO authenticated USING ((( SELECT auth.uid() AS uid) = owner_id)) WITH CHECK ((( SELECT auth.uid() AS uid) = owner_id));

ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;

ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;

CREATE PUBLICATION supabase_realtime WITH (publish = 'insert, update, delete, truncate');
