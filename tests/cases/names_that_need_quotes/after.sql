CREATE SCHEMA "Order Desk";

CREATE TABLE "Order Desk"."Organizations" (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE "Order Desk"."User" (
    "Id" uuid DEFAULT gen_random_uuid() NOT NULL,
    "E-Mail" text
);

CREATE TABLE "Order Desk"."User Organizations" (
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE "Order Desk"."select" (
    "from" bigint NOT NULL,
    "User Id" uuid,
    "say ""hi""" text,
    "50% off" numeric,
    "Tenant ID" uuid NOT NULL
);

ALTER TABLE "Order Desk"."select" ALTER COLUMN "from" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "Order Desk".select_from_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE "Order Desk"."Übergröße_straße_名前" (
    id bigint NOT NULL,
    "{curly}" bigint,
    "d'accord" text,
    "Tenant ID" uuid NOT NULL
);

CREATE TABLE public.a23456789_123456789_123456789_123456789_123456789_123456789_123 (
    id bigint CONSTRAINT a23456789_123456789_123456789_123456789_123456789_1_id_not_null NOT NULL,
    b23456789_123456789_123456789_123456789_123456789_123456789_123 uuid,
    "Tenant ID" uuid CONSTRAINT "a23456789_123456789_123456789_123456789_1234_Tenant ID_not_null" NOT NULL
);

ALTER TABLE ONLY "Order Desk"."Organizations"
    ADD CONSTRAINT "Organizations_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY "Order Desk"."User Organizations"
    ADD CONSTRAINT "User Organizations_pkey" PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY "Order Desk"."User"
    ADD CONSTRAINT "User_pkey" PRIMARY KEY ("Id");

ALTER TABLE ONLY "Order Desk"."select"
    ADD CONSTRAINT "select_Tenant ID_from_key" UNIQUE ("Tenant ID", "from");

ALTER TABLE ONLY "Order Desk"."select"
    ADD CONSTRAINT select_pkey PRIMARY KEY ("from");

ALTER TABLE ONLY "Order Desk"."Übergröße_straße_名前"
    ADD CONSTRAINT "Übergröße_straße_名前_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_123456789_123
    ADD CONSTRAINT a23456789_123456789_123456789_123456789_123456789_12345678_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX "User Organizations_home_key" ON "Order Desk"."User Organizations" USING btree (user_id) WHERE is_home;

CREATE INDEX "User Organizations_members_idx" ON "Order Desk"."User Organizations" USING btree (organization_id, user_id);

CREATE INDEX "ix of ""quotes""" ON "Order Desk"."select" USING btree ("User Id");

CREATE INDEX "select_Tenant ID_User Id_idx" ON "Order Desk"."select" USING btree ("Tenant ID", "User Id");

CREATE INDEX "Übergröße_straße_名前_Tenant ID_id_idx" ON "Order Desk"."Übergröße_straße_名前" USING btree ("Tenant ID", id);

CREATE INDEX "Übergröße_straße_名前_Tenant ID_{curly}_idx" ON "Order Desk"."Übergröße_straße_名前" USING btree ("Tenant ID", "{curly}");

CREATE INDEX a23456789_123456789_123456789_123456789_123456789_1234_c31c3748 ON public.a23456789_123456789_123456789_123456789_123456789_123456789_123 USING btree ("Tenant ID", id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON "Order Desk"."select" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_Order Desk_select"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON "Order Desk"."Übergröße_straße_名前" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_Order Desk_Übergröße_straße_名前"();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON "Order Desk"."User" FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON "Order Desk"."select" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_Order Desk_select"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON "Order Desk"."Übergröße_straße_名前" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_Order Desk_Übergröße_straße_名前"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON "Order Desk"."select" FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old."User Id" IS DISTINCT FROM new."User Id"))) EXECUTE FUNCTION ringfence."fill_Order Desk_select"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON "Order Desk"."Übergröße_straße_名前" FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old."{curly}" IS DISTINCT FROM new."{curly}"))) EXECUTE FUNCTION ringfence."fill_Order Desk_Übergröße_straße_名前"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.a23456789_123456789_123456789_123456789_123456789_123456789_123 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_a23456789_123456789_123456789_123456789__f326dd4a();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.a23456789_123456789_123456789_123456789_123456789_123456789_123 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.a23456789_123456789_123456789_123456789_123456789_123456789_123 FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old.b23456789_123456789_123456789_123456789_123456789_123456789_123 IS DISTINCT FROM new.b23456789_123456789_123456789_123456789_123456789_123456789_123))) EXECUTE FUNCTION ringfence.fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc();

ALTER TABLE ONLY "Order Desk"."User Organizations"
    ADD CONSTRAINT "User Organizations_organization_id_fkey" FOREIGN KEY (organization_id) REFERENCES "Order Desk"."Organizations"(id);

ALTER TABLE ONLY "Order Desk"."User Organizations"
    ADD CONSTRAINT "User Organizations_user_fkey" FOREIGN KEY (user_id) REFERENCES "Order Desk"."User"("Id") ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY "Order Desk"."select"
    ADD CONSTRAINT "select_Tenant ID_fkey" FOREIGN KEY ("Tenant ID") REFERENCES "Order Desk"."Organizations"(id);

ALTER TABLE ONLY "Order Desk"."select"
    ADD CONSTRAINT "select_User Id_fkey" FOREIGN KEY ("User Id") REFERENCES "Order Desk"."User"("Id");

ALTER TABLE ONLY "Order Desk"."Übergröße_straße_名前"
    ADD CONSTRAINT "Übergröße_straße_名前_Tenant ID_{curly}_fkey" FOREIGN KEY ("Tenant ID", "{curly}") REFERENCES "Order Desk"."select"("Tenant ID", "from") ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY "Order Desk"."Übergröße_straße_名前"
    ADD CONSTRAINT "Übergröße_straße_名前_{curly}_fkey" FOREIGN KEY ("{curly}") REFERENCES "Order Desk"."select"("from") ON DELETE CASCADE;

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_123456789_123
    ADD CONSTRAINT a23456789_123456789_123456789_123456789_123456789_1234_214caedb FOREIGN KEY ("Tenant ID") REFERENCES "Order Desk"."Organizations"(id);

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_123456789_123
    ADD CONSTRAINT a23456789_123456789_123456789_b23456789_123456789_12345678_fkey FOREIGN KEY (b23456789_123456789_123456789_123456789_123456789_123456789_123) REFERENCES "Order Desk"."User"("Id");

ALTER TABLE "Order Desk"."Organizations" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "Order Desk"."User Organizations" ENABLE ROW LEVEL SECURITY;
