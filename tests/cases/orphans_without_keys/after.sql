CREATE TABLE public.devices (
    id bigint NOT NULL,
    owner uuid,
    name text,
    client_id uuid NOT NULL
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.pings (
    id bigint NOT NULL,
    device_id bigint,
    at timestamp with time zone DEFAULT now(),
    client_id uuid NOT NULL
);

ALTER TABLE public.pings ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.pings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pings
    ADD CONSTRAINT pings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX devices_client_id_id_idx ON public.devices USING btree (client_id, id);

CREATE INDEX pings_client_id_id_idx ON public.pings USING btree (client_id, id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.devices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_devices();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.pings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_pings();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER ringfence_carry_public_pings_device_id AFTER UPDATE ON public.devices FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.ringfence_carry_public_pings_device_id();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.devices FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_devices();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.pings FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_pings();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.devices FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner IS DISTINCT FROM new.owner))) EXECUTE FUNCTION ringfence.fill_public_devices();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.pings FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.device_id IS DISTINCT FROM new.device_id))) EXECUTE FUNCTION ringfence.fill_public_pings();

CREATE TRIGGER zzz_ringfence_hand_over BEFORE UPDATE ON public.devices FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence.hand_over_public_devices();

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.pings
    ADD CONSTRAINT pings_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
