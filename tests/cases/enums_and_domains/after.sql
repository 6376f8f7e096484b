CREATE TYPE public.money_amount AS (
	amount numeric,
	currency text
);

CREATE TYPE public.state AS ENUM (
    'draft',
    'sent',
    'paid'
);

CREATE DOMAIN public.user_ref AS uuid;

CREATE TABLE public.invoices (
    id integer NOT NULL,
    owner public.user_ref,
    state public.state DEFAULT 'draft'::public.state,
    total public.money_amount,
    tags text[],
    meta json,
    extra jsonb,
    valid tstzrange,
    place point,
    x xml,
    client_id uuid NOT NULL,
    CONSTRAINT invoices_check CHECK (((state <> 'paid'::public.state) OR (total IS NOT NULL)))
);

CREATE SEQUENCE public.invoices_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.invoices_id_seq OWNED BY public.invoices.id;

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
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

ALTER TABLE ONLY public.invoices ALTER COLUMN id SET DEFAULT nextval('public.invoices_id_seq'::regclass);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX invoices_client_id_id_idx ON public.invoices USING btree (client_id, id);

CREATE INDEX invoices_state_idx ON public.invoices USING btree (state) WHERE (state <> 'draft'::public.state);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.invoices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_invoices();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.invoices FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_invoices();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.invoices FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR ((old.owner)::uuid IS DISTINCT FROM (new.owner)::uuid))) EXECUTE FUNCTION ringfence.fill_public_invoices();

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_owner_fkey FOREIGN KEY (owner) REFERENCES public.users(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
