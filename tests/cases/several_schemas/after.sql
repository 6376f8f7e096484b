CREATE SCHEMA sales;

CREATE SCHEMA support;

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

CREATE TABLE sales.accounts (
    id bigint NOT NULL,
    owner_id uuid,
    client_id uuid NOT NULL
);

CREATE TABLE sales.notes (
    id bigint NOT NULL,
    account_id bigint,
    body text,
    client_id uuid NOT NULL
);

CREATE TABLE support.notes (
    id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE support.tickets (
    id bigint NOT NULL,
    account_id bigint,
    title text,
    client_id uuid NOT NULL
);

CREATE TABLE support.topics (
    id integer NOT NULL,
    name text
);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sales.accounts
    ADD CONSTRAINT accounts_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY sales.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sales.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY support.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY support.tickets
    ADD CONSTRAINT tickets_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY support.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY support.topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE INDEX notes_client_id_account_id_idx ON sales.notes USING btree (client_id, account_id);

CREATE INDEX notes_client_id_id_idx ON sales.notes USING btree (client_id, id);

CREATE INDEX notes_client_id_id_idx ON support.notes USING btree (client_id, id);

CREATE INDEX notes_client_id_ticket_id_idx ON support.notes USING btree (client_id, ticket_id);

CREATE INDEX tickets_client_id_account_id_idx ON support.tickets USING btree (client_id, account_id);

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON sales.accounts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_sales_accounts();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON sales.notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_sales_notes();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON sales.accounts FOR EACH ROW EXECUTE FUNCTION ringfence.fill_sales_accounts();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON sales.notes FOR EACH ROW EXECUTE FUNCTION ringfence.fill_sales_notes();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON sales.accounts FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.owner_id IS DISTINCT FROM new.owner_id))) EXECUTE FUNCTION ringfence.fill_sales_accounts();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON sales.notes FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.account_id IS DISTINCT FROM new.account_id))) EXECUTE FUNCTION ringfence.fill_sales_notes();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON support.notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_support_notes();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON support.tickets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_support_tickets();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON support.notes FOR EACH ROW EXECUTE FUNCTION ringfence.fill_support_notes();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON support.tickets FOR EACH ROW EXECUTE FUNCTION ringfence.fill_support_tickets();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON support.notes FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.ticket_id IS DISTINCT FROM new.ticket_id))) EXECUTE FUNCTION ringfence.fill_support_notes();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON support.tickets FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old.account_id IS DISTINCT FROM new.account_id))) EXECUTE FUNCTION ringfence.fill_support_tickets();

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY sales.accounts
    ADD CONSTRAINT accounts_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY sales.accounts
    ADD CONSTRAINT accounts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);

ALTER TABLE ONLY sales.notes
    ADD CONSTRAINT notes_account_id_fkey FOREIGN KEY (account_id) REFERENCES sales.accounts(id);

ALTER TABLE ONLY sales.notes
    ADD CONSTRAINT notes_client_id_account_id_fkey FOREIGN KEY (client_id, account_id) REFERENCES sales.accounts(client_id, id) ON UPDATE CASCADE;

ALTER TABLE ONLY support.notes
    ADD CONSTRAINT notes_client_id_ticket_id_fkey FOREIGN KEY (client_id, ticket_id) REFERENCES support.tickets(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY support.notes
    ADD CONSTRAINT notes_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES support.tickets(id) ON DELETE CASCADE;

ALTER TABLE ONLY support.tickets
    ADD CONSTRAINT tickets_account_id_fkey FOREIGN KEY (account_id) REFERENCES sales.accounts(id);

ALTER TABLE ONLY support.tickets
    ADD CONSTRAINT tickets_client_id_account_id_fkey FOREIGN KEY (client_id, account_id) REFERENCES sales.accounts(client_id, id) ON UPDATE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
