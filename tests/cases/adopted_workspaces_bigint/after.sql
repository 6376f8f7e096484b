CREATE TABLE public.drafts (
    id bigint NOT NULL,
    author bigint,
    body text,
    workspace_id bigint NOT NULL
);

CREATE TABLE public.file_versions (
    id bigint NOT NULL,
    file_id bigint NOT NULL,
    n integer,
    workspace_id bigint NOT NULL
);

CREATE TABLE public.files (
    id bigint NOT NULL,
    workspace bigint,
    name text,
    workspace_id bigint NOT NULL
);

CREATE TABLE public.people (
    id bigint NOT NULL,
    login text NOT NULL
);

ALTER TABLE public.people ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.workspace_users (
    id bigint NOT NULL,
    workspace bigint NOT NULL,
    person bigint NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    disabled boolean DEFAULT false NOT NULL
);

ALTER TABLE public.workspace_users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.workspace_users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.workspaces (
    id bigint NOT NULL,
    title text NOT NULL
);

ALTER TABLE public.workspaces ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.workspaces_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT drafts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.file_versions
    ADD CONSTRAINT file_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_workspace_id_id_key UNIQUE (workspace_id, id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_login_key UNIQUE (login);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.workspace_users
    ADD CONSTRAINT workspace_users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (id);

CREATE INDEX drafts_workspace_id_id_idx ON public.drafts USING btree (workspace_id, id);

CREATE INDEX file_versions_workspace_id_file_id_idx ON public.file_versions USING btree (workspace_id, file_id);

CREATE INDEX file_versions_workspace_id_id_idx ON public.file_versions USING btree (workspace_id, id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.drafts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.workspace_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_drafts();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.file_versions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.workspace_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_file_versions();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.files DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.workspace_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_files();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.drafts FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_drafts();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.file_versions FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_file_versions();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.files FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_files();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.drafts FOR EACH ROW WHEN (((old.workspace_id IS DISTINCT FROM new.workspace_id) OR (old.author IS DISTINCT FROM new.author))) EXECUTE FUNCTION ringfence.fill_public_drafts();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.file_versions FOR EACH ROW WHEN (((old.workspace_id IS DISTINCT FROM new.workspace_id) OR (old.file_id IS DISTINCT FROM new.file_id))) EXECUTE FUNCTION ringfence.fill_public_file_versions();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.files FOR EACH ROW WHEN (((old.workspace_id IS DISTINCT FROM new.workspace_id) OR (old.workspace IS DISTINCT FROM new.workspace))) EXECUTE FUNCTION ringfence.fill_public_files();

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT drafts_author_fkey FOREIGN KEY (author) REFERENCES public.people(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT drafts_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.file_versions
    ADD CONSTRAINT file_versions_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.files(id);

ALTER TABLE ONLY public.file_versions
    ADD CONSTRAINT file_versions_workspace_id_file_id_fkey FOREIGN KEY (workspace_id, file_id) REFERENCES public.files(workspace_id, id) ON UPDATE CASCADE;

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_workspace_fkey FOREIGN KEY (workspace) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.workspace_users
    ADD CONSTRAINT workspace_users_person_fkey FOREIGN KEY (person) REFERENCES public.people(id);

ALTER TABLE ONLY public.workspace_users
    ADD CONSTRAINT workspace_users_workspace_fkey FOREIGN KEY (workspace) REFERENCES public.workspaces(id);
