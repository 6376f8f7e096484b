CREATE SCHEMA auth;

CREATE FUNCTION public.handle_new_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$ begin insert into public.profiles(id,name) values (new.id, split_part(new.email,'@',1)); return new; end $$;

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin new.updated_at := clock_timestamp(); return new; end $$;

CREATE TABLE auth.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text,
    created_at timestamp with time zone DEFAULT now()
);

CREATE TABLE public.comments (
    id bigint NOT NULL,
    document_id bigint NOT NULL,
    author_id uuid,
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

CREATE TABLE public.documents (
    id bigint NOT NULL,
    owner_id uuid,
    folder_id bigint,
    title text,
    slug text,
    updated_at timestamp with time zone DEFAULT now(),
    client_id uuid NOT NULL
);

ALTER TABLE public.documents ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.documents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.folders (
    id bigint NOT NULL,
    owner_id uuid,
    parent_id bigint,
    name text,
    client_id uuid NOT NULL
);

ALTER TABLE public.folders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.folders_id_seq
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

CREATE TABLE public.profiles (
    id uuid NOT NULL,
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

ALTER TABLE ONLY auth.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

CREATE INDEX comments_client_id_document_id_idx ON public.comments USING btree (client_id, document_id);

CREATE INDEX comments_client_id_id_idx ON public.comments USING btree (client_id, id);

CREATE INDEX comments_document_id_idx ON public.comments USING btree (document_id);

CREATE INDEX documents_client_id_owner_id_idx ON public.documents USING btree (client_id, owner_id);

CREATE UNIQUE INDEX documents_client_id_slug_key ON public.documents USING btree (client_id, slug);

CREATE INDEX documents_owner_id_idx ON public.documents USING btree (owner_id);

CREATE INDEX folders_client_id_id_idx ON public.folders USING btree (client_id, id);

CREATE INDEX profiles_client_id_id_idx ON public.profiles USING btree (client_id, id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.comments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_comments();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.documents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_documents();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.folders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_folders();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.profiles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_profiles();

CREATE TRIGGER touch BEFORE UPDATE ON public.documents FOR EACH ROW EXECUTE FUNCTION public.touch();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.comments FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_comments();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.documents FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_documents();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.folders FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_folders();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.profiles FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_profiles();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.comments FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.document_id IS DISTINCT FROM new.document_id))) EXECUTE FUNCTION ringfence.fill_public_comments();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.documents FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_documents();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.folders FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_folders();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.profiles FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.id IS DISTINCT FROM new.id))) EXECUTE FUNCTION ringfence.fill_public_profiles();

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_client_id_document_id_fkey FOREIGN KEY (client_id, document_id) REFERENCES public.documents(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_document_id_fkey FOREIGN KEY (document_id) REFERENCES public.documents(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES public.folders(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES auth.users(id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES auth.users(id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.folders(id);

ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_id_fkey FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
