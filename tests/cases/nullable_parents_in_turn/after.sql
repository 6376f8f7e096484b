CREATE TABLE public.comments (
    id bigint NOT NULL,
    task_id bigint,
    project_id bigint,
    author_id uuid,
    body text,
    client_id uuid NOT NULL
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.projects (
    id bigint NOT NULL,
    owner_id uuid,
    client_id uuid NOT NULL
);

CREATE TABLE public.tasks (
    id bigint NOT NULL,
    project_id bigint,
    owner_id uuid,
    client_id uuid NOT NULL
);

CREATE TABLE public.user_organizations (
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL
);

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX comments_client_id_id_idx ON public.comments USING btree (client_id, id);

CREATE INDEX comments_client_id_task_id_idx ON public.comments USING btree (client_id, task_id);

CREATE INDEX tasks_client_id_project_id_idx ON public.tasks USING btree (client_id, project_id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.comments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_comments();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.projects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_projects();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.tasks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_tasks();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER ringfence_carry_public_comments_project_id AFTER UPDATE ON public.projects FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_comments_project_id();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.comments FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_comments();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.projects FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.tasks FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_tasks();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.comments FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.task_id IS DISTINCT FROM new.task_id) OR (old.project_id IS DISTINCT FROM new.project_id) OR (old.author_id IS DISTINCT FROM new.author_id))) EXECUTE FUNCTION ringfence.fill_public_comments();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.projects FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_projects();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.tasks FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.project_id IS DISTINCT FROM new.project_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_tasks();

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_client_id_task_id_fkey FOREIGN KEY (client_id, task_id) REFERENCES public.tasks(client_id, id) ON UPDATE CASCADE ON DELETE SET NULL (task_id);

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_client_id_project_id_fkey FOREIGN KEY (client_id, project_id) REFERENCES public.projects(client_id, id) ON UPDATE CASCADE ON DELETE SET NULL (project_id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
