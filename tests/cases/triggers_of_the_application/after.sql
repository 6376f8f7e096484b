CREATE FUNCTION public.default_owner() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin if new.owner_id is null then new.owner_id := (select id from public.users where email = 'u1@c1.com'); end if; return new; end $$;

CREATE FUNCTION public.remember() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin insert into public.page_history (page_id, old_title) values (old.id, old.title); return null; end $$;

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin new.updated_at := clock_timestamp(); new.version := old.version + 1; return new; end $$;

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.page_history (
    id bigint NOT NULL,
    page_id bigint,
    old_title text,
    at timestamp with time zone DEFAULT now(),
    client_id uuid NOT NULL
);

ALTER TABLE public.page_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.page_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pages (
    id bigint NOT NULL,
    owner_id uuid,
    title text,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT '2020-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
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

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.page_history
    ADD CONSTRAINT page_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX page_history_client_id_id_idx ON public.page_history USING btree (client_id, id);

CREATE INDEX page_history_client_id_page_id_idx ON public.page_history USING btree (client_id, page_id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.page_history DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_page_history();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.pages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_pages();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER remember AFTER UPDATE OF title ON public.pages FOR EACH ROW EXECUTE FUNCTION public.remember();

CREATE TRIGGER touch BEFORE UPDATE ON public.pages FOR EACH ROW EXECUTE FUNCTION public.touch();

ALTER TABLE public.pages ENABLE ALWAYS TRIGGER touch;

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.page_history FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_page_history();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.page_history FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.page_id IS DISTINCT FROM new.page_id))) EXECUTE FUNCTION ringfence.fill_public_page_history();

CREATE TRIGGER zzzz_owner BEFORE INSERT OR UPDATE ON public.pages FOR EACH ROW EXECUTE FUNCTION public.default_owner();

CREATE TRIGGER "~zzz_ringfence_fill_insert" BEFORE INSERT ON public.pages FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_pages();

CREATE TRIGGER "~zzz_ringfence_fill_update" BEFORE UPDATE ON public.pages FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_public_pages();

ALTER TABLE ONLY public.page_history
    ADD CONSTRAINT page_history_client_id_page_id_fkey FOREIGN KEY (client_id, page_id) REFERENCES public.pages(client_id, id) ON UPDATE CASCADE;

ALTER TABLE ONLY public.page_history
    ADD CONSTRAINT page_history_page_id_fkey FOREIGN KEY (page_id) REFERENCES public.pages(id);

ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
