CREATE TABLE public.lines (
    region text NOT NULL,
    number bigint NOT NULL,
    line integer NOT NULL,
    item text,
    client_id uuid NOT NULL
);

CREATE TABLE public.orders (
    region text NOT NULL,
    number bigint NOT NULL,
    user_id uuid NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.parcels (
    id bigint NOT NULL,
    region text,
    number bigint,
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

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (region, number, line);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_client_id_region_number_key UNIQUE (client_id, region, number);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (region, number);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parcels
    ADD CONSTRAINT parcels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX lines_client_id_region_number_idx ON public.lines USING btree (client_id, region, number);

CREATE INDEX lines_client_id_region_number_line_idx ON public.lines USING btree (client_id, region, number, line);

CREATE INDEX parcels_client_id_id_idx ON public.parcels USING btree (client_id, id);

CREATE INDEX parcels_client_id_region_number_idx ON public.parcels USING btree (client_id, region, number);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.lines DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_lines();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_orders();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.parcels DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_parcels();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.lines FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_lines();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_orders();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.parcels FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_parcels();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.lines FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.region IS DISTINCT FROM new.region) OR (old.number IS DISTINCT FROM new.number))) EXECUTE FUNCTION ringfence.fill_public_lines();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.orders FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION ringfence.fill_public_orders();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.parcels FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.region IS DISTINCT FROM new.region) OR (old.number IS DISTINCT FROM new.number))) EXECUTE FUNCTION ringfence.fill_public_parcels();

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_client_id_region_number_fkey FOREIGN KEY (client_id, region, number) REFERENCES public.orders(client_id, region, number) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_region_number_fkey FOREIGN KEY (region, number) REFERENCES public.orders(region, number) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.parcels
    ADD CONSTRAINT parcels_client_id_region_number_fkey FOREIGN KEY (client_id, region, number) REFERENCES public.orders(client_id, region, number) ON UPDATE CASCADE ON DELETE SET NULL (region, number);

ALTER TABLE ONLY public.parcels
    ADD CONSTRAINT parcels_region_number_fkey FOREIGN KEY (region, number) REFERENCES public.orders(region, number) ON UPDATE CASCADE ON DELETE SET NULL (number);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
