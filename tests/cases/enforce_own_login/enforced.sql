CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin new.what := trim(new.what); return new; end $$;

CREATE TABLE public."Order Items" (
    id bigint NOT NULL,
    "account id" bigint NOT NULL,
    person_id bigint,
    what text NOT NULL,
    account_id bigint DEFAULT ringfence.writer_client_id() NOT NULL
);

ALTER TABLE ONLY public."Order Items" FORCE ROW LEVEL SECURITY;

CREATE SEQUENCE public."Order Items_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public."Order Items_id_seq" OWNED BY public."Order Items".id;

CREATE TABLE public.accounts (
    id bigint NOT NULL,
    name text NOT NULL
);

ALTER TABLE public.accounts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.readings (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    value numeric,
    account_id bigint DEFAULT ringfence.writer_client_id() NOT NULL
);

ALTER TABLE ONLY public.readings FORCE ROW LEVEL SECURITY;

CREATE TABLE public.fine_readings (
    unit text
)
INHERITS (public.readings);

ALTER TABLE ONLY public.fine_readings FORCE ROW LEVEL SECURITY;

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

CREATE SEQUENCE public.readings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.readings_id_seq OWNED BY public.readings.id;

CREATE VIEW public.recent WITH (security_invoker='true') AS
 SELECT id,
    what
   FROM public."Order Items"
  WHERE (id > 10);

CREATE TABLE public.removed (
    id bigint,
    at timestamp with time zone DEFAULT now()
);

CREATE TABLE public.staff (
    account_id bigint NOT NULL,
    person_id bigint NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public."Order Items" ALTER COLUMN id SET DEFAULT nextval('public."Order Items_id_seq"'::regclass);

ALTER TABLE ONLY public.fine_readings ALTER COLUMN id SET DEFAULT nextval('public.readings_id_seq'::regclass);

ALTER TABLE ONLY public.fine_readings ALTER COLUMN account_id SET DEFAULT ringfence.writer_client_id();

ALTER TABLE ONLY public.readings ALTER COLUMN id SET DEFAULT nextval('public.readings_id_seq'::regclass);

ALTER TABLE ONLY public."Order Items"
    ADD CONSTRAINT "Order Items_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_email_key UNIQUE (email);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.readings
    ADD CONSTRAINT readings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (person_id, account_id);

CREATE INDEX "Order Items_account_id_id_idx" ON public."Order Items" USING btree (account_id, id);

CREATE INDEX readings_account_id_id_idx ON public.readings USING btree (account_id, id);

CREATE RULE keep_removed AS
    ON DELETE TO public.readings DO  INSERT INTO public.removed (id)
  VALUES (old.id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Order Items" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION ringfence."settle_public_Order Items"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.fine_readings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_readings();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.readings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION ringfence.settle_public_readings();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON public."Order Items" FOR EACH ROW EXECUTE FUNCTION public.touch();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Order Items" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Order Items"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.fine_readings FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_readings();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.readings FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_readings();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Order Items" FOR EACH ROW WHEN (((old.account_id IS DISTINCT FROM new.account_id) OR (old."account id" IS DISTINCT FROM new."account id"))) EXECUTE FUNCTION ringfence."fill_public_Order Items"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.fine_readings FOR EACH ROW WHEN (((old.account_id IS DISTINCT FROM new.account_id) OR (old.person_id IS DISTINCT FROM new.person_id))) EXECUTE FUNCTION ringfence.fill_public_readings();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.readings FOR EACH ROW WHEN (((old.account_id IS DISTINCT FROM new.account_id) OR (old.person_id IS DISTINCT FROM new.person_id))) EXECUTE FUNCTION ringfence.fill_public_readings();

ALTER TABLE ONLY public."Order Items"
    ADD CONSTRAINT "Order Items_account id_fkey" FOREIGN KEY ("account id") REFERENCES public.accounts(id);

ALTER TABLE ONLY public."Order Items"
    ADD CONSTRAINT "Order Items_account_id_fkey" FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public."Order Items"
    ADD CONSTRAINT "Order Items_person_id_fkey" FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.readings
    ADD CONSTRAINT readings_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.readings
    ADD CONSTRAINT readings_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE public."Order Items" ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fine_readings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.readings ENABLE ROW LEVEL SECURITY;

CREATE POLICY ringfence_floor ON public."Order Items" AS RESTRICTIVE USING ((account_id = ( SELECT ringfence.client_id() AS client_id))) WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_floor ON public.fine_readings AS RESTRICTIVE USING ((account_id = ( SELECT ringfence.client_id() AS client_id))) WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_floor ON public.readings AS RESTRICTIVE USING ((account_id = ( SELECT ringfence.client_id() AS client_id))) WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_delete ON public."Order Items" FOR DELETE USING ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_delete ON public.fine_readings FOR DELETE USING ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_delete ON public.readings FOR DELETE USING ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_insert ON public."Order Items" FOR INSERT WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_insert ON public.fine_readings FOR INSERT WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_insert ON public.readings FOR INSERT WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_select ON public."Order Items" FOR SELECT USING ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_select ON public.fine_readings FOR SELECT USING ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_select ON public.readings FOR SELECT USING ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_update ON public."Order Items" FOR UPDATE USING ((account_id = ( SELECT ringfence.client_id() AS client_id))) WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_update ON public.fine_readings FOR UPDATE USING ((account_id = ( SELECT ringfence.client_id() AS client_id))) WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE POLICY ringfence_tenant_update ON public.readings FOR UPDATE USING ((account_id = ( SELECT ringfence.client_id() AS client_id))) WITH CHECK ((account_id = ( SELECT ringfence.client_id() AS client_id)));

CREATE EVENT TRIGGER ringfence_new_tables ON ddl_command_end
         WHEN TAG IN ('ALTER TABLE', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
   EXECUTE FUNCTION ringfence.close_new_table_v1();
