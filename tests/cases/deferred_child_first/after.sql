CREATE TABLE public.cart_items (
    id bigint NOT NULL,
    cart_id bigint NOT NULL,
    sku text,
    client_id uuid NOT NULL
);

CREATE TABLE public.cart_notes (
    id bigint NOT NULL,
    item_id bigint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public.carts (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
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

ALTER TABLE ONLY public.cart_items
    ADD CONSTRAINT cart_items_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.cart_items
    ADD CONSTRAINT cart_items_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cart_notes
    ADD CONSTRAINT cart_notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.carts
    ADD CONSTRAINT carts_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.carts
    ADD CONSTRAINT carts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX cart_items_client_id_cart_id_idx ON public.cart_items USING btree (client_id, cart_id);

CREATE INDEX cart_notes_client_id_id_idx ON public.cart_notes USING btree (client_id, id);

CREATE INDEX cart_notes_client_id_item_id_idx ON public.cart_notes USING btree (client_id, item_id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.cart_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_cart_items();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.cart_notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_cart_notes();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.carts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_carts();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.cart_items FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_cart_items();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.cart_notes FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_cart_notes();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.carts FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_carts();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.cart_items FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.cart_id IS DISTINCT FROM new.cart_id))) EXECUTE FUNCTION ringfence.fill_public_cart_items();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.cart_notes FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.item_id IS DISTINCT FROM new.item_id))) EXECUTE FUNCTION ringfence.fill_public_cart_notes();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.carts FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION ringfence.fill_public_carts();

ALTER TABLE ONLY public.cart_items
    ADD CONSTRAINT cart_items_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES public.carts(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.cart_items
    ADD CONSTRAINT cart_items_client_id_cart_id_fkey FOREIGN KEY (client_id, cart_id) REFERENCES public.carts(client_id, id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.cart_notes
    ADD CONSTRAINT cart_notes_client_id_item_id_fkey FOREIGN KEY (client_id, item_id) REFERENCES public.cart_items(client_id, id) ON UPDATE CASCADE DEFERRABLE;

ALTER TABLE ONLY public.cart_notes
    ADD CONSTRAINT cart_notes_item_id_fkey FOREIGN KEY (item_id) REFERENCES public.cart_items(id) DEFERRABLE;

ALTER TABLE ONLY public.carts
    ADD CONSTRAINT carts_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.carts
    ADD CONSTRAINT carts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
