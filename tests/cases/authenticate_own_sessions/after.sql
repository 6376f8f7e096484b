CREATE TABLE public."User Sessions" (
    "Id" uuid DEFAULT gen_random_uuid() NOT NULL,
    person_id bigint NOT NULL,
    ended_at timestamp with time zone,
    account_id bigint NOT NULL
);

CREATE TABLE public.accounts (
    id bigint NOT NULL,
    name text NOT NULL,
    status text DEFAULT 'open'::text NOT NULL
);

ALTER TABLE public.accounts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invoices (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    total numeric NOT NULL
);

ALTER TABLE public.invoices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invoices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.people (
    id bigint NOT NULL,
    email text NOT NULL
);

ALTER TABLE public.people ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff (
    account_id bigint NOT NULL,
    person_id bigint NOT NULL,
    "Role" text DEFAULT 'member'::text NOT NULL,
    is_main boolean DEFAULT false NOT NULL,
    removed_at timestamp with time zone
);

ALTER TABLE ONLY public."User Sessions"
    ADD CONSTRAINT "User Sessions_pkey" PRIMARY KEY ("Id");

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_email_key UNIQUE (email);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (person_id, account_id);

CREATE INDEX "User Sessions_account_id_Id_idx" ON public."User Sessions" USING btree (account_id, "Id");

CREATE INDEX invoices_account_id_id_idx ON public.invoices USING btree (account_id, id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."User Sessions" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION ringfence."settle_public_User Sessions"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.invoices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_invoices();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."User Sessions" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_User Sessions"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.invoices FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_invoices();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."User Sessions" FOR EACH ROW WHEN (((old.account_id IS DISTINCT FROM new.account_id) OR (old.person_id IS DISTINCT FROM new.person_id))) EXECUTE FUNCTION ringfence."fill_public_User Sessions"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.invoices FOR EACH ROW WHEN ((old.account_id IS DISTINCT FROM new.account_id)) EXECUTE FUNCTION ringfence.fill_public_invoices();

ALTER TABLE ONLY public."User Sessions"
    ADD CONSTRAINT "User Sessions_account_id_fkey" FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public."User Sessions"
    ADD CONSTRAINT "User Sessions_person_id_fkey" FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;
