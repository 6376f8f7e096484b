CREATE TABLE public.l1 (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.l2 (
    id bigint NOT NULL,
    l1_id bigint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.l3 (
    id bigint NOT NULL,
    l2_id bigint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.l4 (
    id bigint NOT NULL,
    l3_id bigint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.l5 (
    id bigint NOT NULL,
    l4_id bigint,
    client_id uuid NOT NULL
);

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

ALTER TABLE ONLY public.l1
    ADD CONSTRAINT l1_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.l1
    ADD CONSTRAINT l1_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.l2
    ADD CONSTRAINT l2_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.l2
    ADD CONSTRAINT l2_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.l3
    ADD CONSTRAINT l3_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.l3
    ADD CONSTRAINT l3_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.l4
    ADD CONSTRAINT l4_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.l4
    ADD CONSTRAINT l4_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.l5
    ADD CONSTRAINT l5_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX l2_client_id_l1_id_idx ON public.l2 USING btree (client_id, l1_id);

CREATE INDEX l3_client_id_l2_id_idx ON public.l3 USING btree (client_id, l2_id);

CREATE INDEX l4_client_id_l3_id_idx ON public.l4 USING btree (client_id, l3_id);

CREATE INDEX l5_client_id_id_idx ON public.l5 USING btree (client_id, id);

CREATE INDEX l5_client_id_l4_id_idx ON public.l5 USING btree (client_id, l4_id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.l1 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_l1();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.l2 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_l2();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.l3 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_l3();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.l4 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_l4();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.l5 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_l5();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.l1 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_l1();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.l2 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_l2();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.l3 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_l3();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.l4 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_l4();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.l5 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_l5();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.l1 FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION ringfence.fill_public_l1();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.l2 FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.l1_id IS DISTINCT FROM new.l1_id))) EXECUTE FUNCTION ringfence.fill_public_l2();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.l3 FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.l2_id IS DISTINCT FROM new.l2_id))) EXECUTE FUNCTION ringfence.fill_public_l3();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.l4 FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.l3_id IS DISTINCT FROM new.l3_id))) EXECUTE FUNCTION ringfence.fill_public_l4();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.l5 FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.l4_id IS DISTINCT FROM new.l4_id))) EXECUTE FUNCTION ringfence.fill_public_l5();

ALTER TABLE ONLY public.l1
    ADD CONSTRAINT l1_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.l1
    ADD CONSTRAINT l1_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.l2
    ADD CONSTRAINT l2_client_id_l1_id_fkey FOREIGN KEY (client_id, l1_id) REFERENCES public.l1(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.l2
    ADD CONSTRAINT l2_l1_id_fkey FOREIGN KEY (l1_id) REFERENCES public.l1(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.l3
    ADD CONSTRAINT l3_client_id_l2_id_fkey FOREIGN KEY (client_id, l2_id) REFERENCES public.l2(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.l3
    ADD CONSTRAINT l3_l2_id_fkey FOREIGN KEY (l2_id) REFERENCES public.l2(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.l4
    ADD CONSTRAINT l4_client_id_l3_id_fkey FOREIGN KEY (client_id, l3_id) REFERENCES public.l3(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.l4
    ADD CONSTRAINT l4_l3_id_fkey FOREIGN KEY (l3_id) REFERENCES public.l3(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.l5
    ADD CONSTRAINT l5_client_id_l4_id_fkey FOREIGN KEY (client_id, l4_id) REFERENCES public.l4(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.l5
    ADD CONSTRAINT l5_l4_id_fkey FOREIGN KEY (l4_id) REFERENCES public.l4(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
