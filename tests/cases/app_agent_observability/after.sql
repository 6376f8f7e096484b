CREATE SCHEMA auth;

CREATE TYPE public.org_roles AS ENUM (
    'owner',
    'admin',
    'developer'
);

CREATE TABLE auth.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text
);

CREATE TABLE public.actions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    session_id uuid NOT NULL,
    agent_id uuid,
    action_type text NOT NULL,
    returns text,
    org_id uuid NOT NULL
);

CREATE TABLE public.agents (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    session_id uuid NOT NULL,
    name text,
    org_id uuid NOT NULL
);

CREATE TABLE public.errors (
    id bigint NOT NULL,
    session_id uuid NOT NULL,
    trigger_event_id uuid,
    trigger_event_type text,
    message text,
    org_id uuid NOT NULL
);

ALTER TABLE public.errors ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.errors_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.llms (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    session_id uuid NOT NULL,
    agent_id uuid,
    model text,
    prompt jsonb,
    cost numeric,
    org_id uuid NOT NULL
);

CREATE TABLE public.model_costs (
    id bigint NOT NULL,
    model text NOT NULL,
    prompt_cost numeric NOT NULL
);

ALTER TABLE public.model_costs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.model_costs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.oauth_clients (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id uuid NOT NULL,
    client_id text NOT NULL,
    client_secret_hash text NOT NULL,
    org_id uuid NOT NULL
);

CREATE TABLE public.org_invites (
    inviter_id uuid NOT NULL,
    invitee_email text NOT NULL,
    org_id uuid NOT NULL,
    role public.org_roles DEFAULT 'developer'::public.org_roles NOT NULL
);

CREATE TABLE public.orgs (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    subscription_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.projects (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    org_id uuid NOT NULL,
    api_key uuid DEFAULT gen_random_uuid(),
    name text NOT NULL
);

CREATE TABLE public.sessions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id uuid NOT NULL,
    init_timestamp timestamp with time zone DEFAULT now() NOT NULL,
    end_state text,
    tags jsonb,
    org_id uuid NOT NULL
);

CREATE TABLE public.user_orgs (
    user_id uuid NOT NULL,
    org_id uuid NOT NULL,
    role public.org_roles DEFAULT 'developer'::public.org_roles NOT NULL,
    user_email text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.users (
    id uuid NOT NULL,
    full_name text,
    email text,
    org_id uuid NOT NULL
);

ALTER TABLE ONLY auth.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.actions
    ADD CONSTRAINT actions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.errors
    ADD CONSTRAINT errors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.llms
    ADD CONSTRAINT llms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.model_costs
    ADD CONSTRAINT model_costs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.oauth_clients
    ADD CONSTRAINT oauth_clients_client_id_key UNIQUE (client_id);

ALTER TABLE ONLY public.oauth_clients
    ADD CONSTRAINT oauth_clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.org_invites
    ADD CONSTRAINT org_invites_pkey PRIMARY KEY (invitee_email, org_id);

ALTER TABLE ONLY public.orgs
    ADD CONSTRAINT orgs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_api_key_key UNIQUE (api_key);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_org_id_id_key UNIQUE (org_id, id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_orgs
    ADD CONSTRAINT user_orgs_pkey PRIMARY KEY (user_id, org_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX actions_org_id_id_idx ON public.actions USING btree (org_id, id);

CREATE INDEX agents_org_id_id_idx ON public.agents USING btree (org_id, id);

CREATE INDEX errors_org_id_id_idx ON public.errors USING btree (org_id, id);

CREATE INDEX llms_org_id_id_idx ON public.llms USING btree (org_id, id);

CREATE INDEX oauth_clients_org_id_id_idx ON public.oauth_clients USING btree (org_id, id);

CREATE INDEX oauth_clients_org_id_project_id_idx ON public.oauth_clients USING btree (org_id, project_id);

CREATE INDEX org_invites_org_id_invitee_email_idx ON public.org_invites USING btree (org_id, invitee_email);

CREATE INDEX sessions_org_id_id_idx ON public.sessions USING btree (org_id, id);

CREATE INDEX sessions_org_id_project_id_idx ON public.sessions USING btree (org_id, project_id);

CREATE INDEX users_org_id_id_idx ON public.users USING btree (org_id, id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.actions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_actions();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.agents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_agents();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.errors DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_errors();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.llms DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_llms();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.oauth_clients DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_oauth_clients();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.org_invites DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_org_invites();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.projects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_projects();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_sessions();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_users();

CREATE TRIGGER ringfence_carry_public_actions_session_id AFTER UPDATE ON public.sessions FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_actions_session_id();

CREATE TRIGGER ringfence_carry_public_agents_session_id AFTER UPDATE ON public.sessions FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_agents_session_id();

CREATE TRIGGER ringfence_carry_public_errors_session_id AFTER UPDATE ON public.sessions FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_errors_session_id();

CREATE TRIGGER ringfence_carry_public_llms_session_id AFTER UPDATE ON public.sessions FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_llms_session_id();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.actions FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_actions();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.agents FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_agents();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.errors FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_errors();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.llms FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_llms();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.oauth_clients FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_oauth_clients();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.org_invites FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_org_invites();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.projects FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.sessions FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_sessions();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_users();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.actions FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.session_id IS DISTINCT FROM new.session_id))) EXECUTE FUNCTION ringfence.fill_public_actions();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.agents FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.session_id IS DISTINCT FROM new.session_id))) EXECUTE FUNCTION ringfence.fill_public_agents();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.errors FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.session_id IS DISTINCT FROM new.session_id))) EXECUTE FUNCTION ringfence.fill_public_errors();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.llms FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.session_id IS DISTINCT FROM new.session_id))) EXECUTE FUNCTION ringfence.fill_public_llms();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.oauth_clients FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.project_id IS DISTINCT FROM new.project_id))) EXECUTE FUNCTION ringfence.fill_public_oauth_clients();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.org_invites FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.fill_public_org_invites();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.projects FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.sessions FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.project_id IS DISTINCT FROM new.project_id))) EXECUTE FUNCTION ringfence.fill_public_sessions();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.users FOR EACH ROW WHEN (((old.org_id IS DISTINCT FROM new.org_id) OR (old.id IS DISTINCT FROM new.id))) EXECUTE FUNCTION ringfence.fill_public_users();

CREATE TRIGGER zzz_ringfence_hand_over BEFORE UPDATE ON public.sessions FOR EACH ROW WHEN ((old.org_id IS DISTINCT FROM new.org_id)) EXECUTE FUNCTION ringfence.hand_over_public_sessions();

ALTER TABLE ONLY public.actions
    ADD CONSTRAINT actions_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id);

ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id);

ALTER TABLE ONLY public.errors
    ADD CONSTRAINT errors_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id);

ALTER TABLE ONLY public.llms
    ADD CONSTRAINT llms_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id);

ALTER TABLE ONLY public.oauth_clients
    ADD CONSTRAINT oauth_clients_org_id_project_id_fkey FOREIGN KEY (org_id, project_id) REFERENCES public.projects(org_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.oauth_clients
    ADD CONSTRAINT oauth_clients_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.org_invites
    ADD CONSTRAINT org_invites_inviter_id_fkey FOREIGN KEY (inviter_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.org_invites
    ADD CONSTRAINT org_invites_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_org_id_project_id_fkey FOREIGN KEY (org_id, project_id) REFERENCES public.projects(org_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.user_orgs
    ADD CONSTRAINT user_orgs_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.user_orgs
    ADD CONSTRAINT user_orgs_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_id_fkey FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.orgs(id);
