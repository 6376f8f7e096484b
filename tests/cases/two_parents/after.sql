CREATE TABLE public.document_tags (
    document_id bigint NOT NULL,
    tag_id bigint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.documents (
    id bigint NOT NULL,
    user_id uuid,
    client_id uuid NOT NULL
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.tags (
    id bigint NOT NULL,
    user_id uuid,
    name text,
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

ALTER TABLE ONLY public.document_tags
    ADD CONSTRAINT document_tags_pkey PRIMARY KEY (document_id, tag_id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX document_tags_client_id_document_id_idx ON public.document_tags USING btree (client_id, document_id);

CREATE INDEX document_tags_client_id_document_id_tag_id_idx ON public.document_tags USING btree (client_id, document_id, tag_id);

CREATE INDEX document_tags_client_id_tag_id_idx ON public.document_tags USING btree (client_id, tag_id);

CREATE INDEX document_tags_tag_id_idx ON public.document_tags USING btree (tag_id);

CREATE INDEX tags_client_id_id_idx ON public.tags USING btree (client_id, id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.document_tags DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_document_tags();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.documents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_documents();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.tags DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_tags();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.document_tags FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_document_tags();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.documents FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_documents();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.tags FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_tags();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.document_tags FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.document_id IS DISTINCT FROM new.document_id))) EXECUTE FUNCTION ringfence.fill_public_document_tags();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.documents FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION ringfence.fill_public_documents();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.tags FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION ringfence.fill_public_tags();

ALTER TABLE ONLY public.document_tags
    ADD CONSTRAINT document_tags_client_id_document_id_fkey FOREIGN KEY (client_id, document_id) REFERENCES public.documents(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.document_tags
    ADD CONSTRAINT document_tags_document_id_fkey FOREIGN KEY (document_id) REFERENCES public.documents(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.document_tags
    ADD CONSTRAINT document_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES public.tags(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
