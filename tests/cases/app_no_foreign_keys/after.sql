CREATE TABLE public.comments (
    id bigint NOT NULL,
    "taskId" bigint NOT NULL,
    created_by bigint,
    body text,
    client_id uuid NOT NULL
);

ALTER TABLE public.comments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.comments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.exports (
    id bigint NOT NULL,
    requested_by bigint,
    url text
);

ALTER TABLE public.exports ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.exports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.legacy_rows (
    id bigint NOT NULL,
    user_ref text,
    payload jsonb
);

ALTER TABLE public.legacy_rows ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.legacy_rows_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notes (
    id bigint NOT NULL,
    notable_type text NOT NULL,
    notable_id bigint NOT NULL,
    body text
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

CREATE TABLE public.people (
    id bigint NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    full_name text
);

ALTER TABLE public.people ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.projects (
    id bigint NOT NULL,
    owner_id bigint NOT NULL,
    name text NOT NULL,
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

CREATE TABLE public.task_statuses (
    id bigint NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.tasks (
    id bigint NOT NULL,
    project_id bigint NOT NULL,
    assignee_id bigint,
    title text NOT NULL,
    status_id bigint NOT NULL,
    client_id uuid NOT NULL
);

ALTER TABLE public.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tasks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.user_organizations (
    user_id bigint NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.legacy_rows
    ADD CONSTRAINT legacy_rows_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.task_statuses
    ADD CONSTRAINT task_statuses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

CREATE INDEX comments_client_id_id_idx ON public.comments USING btree (client_id, id);

CREATE INDEX projects_client_id_id_idx ON public.projects USING btree (client_id, id);

CREATE INDEX tasks_client_id_id_idx ON public.tasks USING btree (client_id, id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.comments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_comments();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.projects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_projects();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.tasks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_tasks();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER "ringfence_carry_public_comments_taskId" AFTER UPDATE ON public.tasks FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence."ringfence_carry_public_comments_taskId"();

CREATE TRIGGER ringfence_carry_public_tasks_project_id AFTER UPDATE ON public.projects FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_tasks_project_id();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.comments FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_comments();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.projects FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.tasks FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_tasks();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.comments FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."taskId" IS DISTINCT FROM new."taskId"))) EXECUTE FUNCTION ringfence.fill_public_comments();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.projects FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.tasks FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.project_id IS DISTINCT FROM new.project_id))) EXECUTE FUNCTION ringfence.fill_public_tasks();

CREATE TRIGGER zzz_ringfence_hand_over BEFORE UPDATE ON public.projects FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.hand_over_public_projects();

CREATE TRIGGER zzz_ringfence_hand_over BEFORE UPDATE ON public.tasks FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.hand_over_public_tasks();

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.people(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
