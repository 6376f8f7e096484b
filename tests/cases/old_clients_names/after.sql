CREATE SCHEMA "Next % ""Schema""";

CREATE SCHEMA "Order Desk";

CREATE TABLE "Order Desk"."100% ""fun"" it's__all" (
    id bigint CONSTRAINT "100% ""fun"" it's_id_not_null" NOT NULL,
    "{curly}" bigint,
    "d'accord" text,
    "Tenant ID" uuid NOT NULL
);

CREATE VIEW "Next % ""Schema"""."100% ""fun"" it's" WITH (security_invoker='true') AS
 SELECT id,
    "{curly}",
    "d'accord",
    "Tenant ID"
   FROM "Order Desk"."100% ""fun"" it's__all";

COMMENT ON VIEW "Next % ""Schema"""."100% ""fun"" it's" IS '"Order Desk"."100% ""fun"" it''s" with Tenant ID, for code that has Next % "Schema" first in its search_path';

CREATE TABLE public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2 (
    id bigint CONSTRAINT a23456789_123456789_123456789_123456789_123456789_1_id_not_null NOT NULL,
    b23456789_123456789_123456789_123456789_123456789_123456789_123 uuid,
    "Tenant ID" uuid CONSTRAINT "a23456789_123456789_123456789_123456789_1234_Tenant ID_not_null" NOT NULL
);

CREATE VIEW "Next % ""Schema""".a23456789_123456789_123456789_123456789_123456789_123456789_123 WITH (security_invoker='true') AS
 SELECT id,
    b23456789_123456789_123456789_123456789_123456789_123456789_123,
    "Tenant ID"
   FROM public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2;

COMMENT ON VIEW "Next % ""Schema""".a23456789_123456789_123456789_123456789_123456789_123456789_123 IS 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123 with Tenant ID, for code that has Next % "Schema" first in its search_path';

CREATE TABLE "Order Desk".select__all (
    "from" bigint CONSTRAINT select_from_not_null NOT NULL,
    "User Id" uuid,
    "say ""hi""" text,
    "50% off" numeric,
    "Tenant ID" uuid NOT NULL
);

CREATE VIEW "Next % ""Schema"""."select" WITH (security_invoker='true') AS
 SELECT "from",
    "User Id",
    "say ""hi""",
    "50% off",
    "Tenant ID"
   FROM "Order Desk".select__all;

COMMENT ON VIEW "Next % ""Schema"""."select" IS '"Order Desk".select with Tenant ID, for code that has Next % "Schema" first in its search_path';

CREATE VIEW "Order Desk"."100% ""fun"" it's" WITH (security_invoker='true') AS
 SELECT id,
    "{curly}",
    "d'accord"
   FROM "Order Desk"."100% ""fun"" it's__all";

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

CREATE VIEW "Order Desk".joined AS
 SELECT select__all."from",
    "100% ""fun"" it's__all"."d'accord"
   FROM ("Order Desk".select__all
     JOIN "Order Desk"."100% ""fun"" it's__all" ON (("100% ""fun"" it's__all"."{curly}" = select__all."from")));

CREATE VIEW "Order Desk"."select" WITH (security_invoker='true') AS
 SELECT "from",
    "User Id",
    "say ""hi""",
    "50% off"
   FROM "Order Desk".select__all;

ALTER TABLE "Order Desk".select__all ALTER COLUMN "from" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "Order Desk".select_from_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.a23456789_123456789_123456789_123456789_123456789_123456789_123 WITH (security_invoker='true') AS
 SELECT id,
    b23456789_123456789_123456789_123456789_123456789_123456789_123
   FROM public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2;

CREATE TABLE public.plain (
    id bigint NOT NULL,
    a bigint,
    "Tenant ID" uuid NOT NULL
);

ALTER TABLE ONLY "Order Desk"."100% ""fun"" it's__all"
    ADD CONSTRAINT "100% ""fun"" it's_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY "Order Desk"."Organizations"
    ADD CONSTRAINT "Organizations_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY "Order Desk"."User Organizations"
    ADD CONSTRAINT "User Organizations_pkey" PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY "Order Desk"."User"
    ADD CONSTRAINT "User_pkey" PRIMARY KEY ("Id");

ALTER TABLE ONLY "Order Desk".select__all
    ADD CONSTRAINT "select_Tenant ID_from_key" UNIQUE ("Tenant ID", "from");

ALTER TABLE ONLY "Order Desk".select__all
    ADD CONSTRAINT select_pkey PRIMARY KEY ("from");

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2
    ADD CONSTRAINT a23456789_123456789_123456789_123456789_123456789_12345678_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2
    ADD CONSTRAINT a23456789_123456789_123456789_123456789_123456789_1234_882a9239 UNIQUE ("Tenant ID", id);

ALTER TABLE ONLY public.plain
    ADD CONSTRAINT plain_pkey PRIMARY KEY (id);

CREATE INDEX "100% ""fun"" it's_Tenant ID_id_idx" ON "Order Desk"."100% ""fun"" it's__all" USING btree ("Tenant ID", id);

CREATE INDEX "100% ""fun"" it's_Tenant ID_{curly}_idx" ON "Order Desk"."100% ""fun"" it's__all" USING btree ("Tenant ID", "{curly}");

CREATE UNIQUE INDEX "User Organizations_home_key" ON "Order Desk"."User Organizations" USING btree (user_id) WHERE is_home;

CREATE INDEX "User Organizations_members_idx" ON "Order Desk"."User Organizations" USING btree (organization_id, user_id);

CREATE UNIQUE INDEX "select_Tenant ID_say ""hi""_key" ON "Order Desk".select__all USING btree ("Tenant ID", "say ""hi""");

CREATE INDEX "select_say ""hi""_idx" ON "Order Desk".select__all USING btree ("say ""hi""");

CREATE INDEX "plain_Tenant ID_a_idx" ON public.plain USING btree ("Tenant ID", a);

CREATE INDEX "plain_Tenant ID_id_idx" ON public.plain USING btree ("Tenant ID", id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON "Order Desk"."100% ""fun"" it's__all" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_Order Desk_100% ""fun"" it's"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON "Order Desk".select__all DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_Order Desk_select"();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON "Order Desk"."User" FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON "Order Desk"."100% ""fun"" it's__all" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_Order Desk_100% ""fun"" it's"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON "Order Desk".select__all FOR EACH ROW EXECUTE FUNCTION ringfence."fill_Order Desk_select"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON "Order Desk"."100% ""fun"" it's__all" FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old."{curly}" IS DISTINCT FROM new."{curly}"))) EXECUTE FUNCTION ringfence."fill_Order Desk_100% ""fun"" it's"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON "Order Desk".select__all FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old."User Id" IS DISTINCT FROM new."User Id"))) EXECUTE FUNCTION ringfence."fill_Order Desk_select"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_a23456789_123456789_123456789_123456789__f326dd4a();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public.plain DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence.settle_public_plain();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2 FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public.plain FOR EACH ROW EXECUTE FUNCTION ringfence.fill_public_plain();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2 FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old.b23456789_123456789_123456789_123456789_123456789_123456789_123 IS DISTINCT FROM new.b23456789_123456789_123456789_123456789_123456789_123456789_123))) EXECUTE FUNCTION ringfence.fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public.plain FOR EACH ROW WHEN (((old."Tenant ID" IS DISTINCT FROM new."Tenant ID") OR (old.a IS DISTINCT FROM new.a))) EXECUTE FUNCTION ringfence.fill_public_plain();

ALTER TABLE ONLY "Order Desk"."100% ""fun"" it's__all"
    ADD CONSTRAINT "100% ""fun"" it's_Tenant ID_{curly}_fkey" FOREIGN KEY ("Tenant ID", "{curly}") REFERENCES "Order Desk".select__all("Tenant ID", "from") ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY "Order Desk"."100% ""fun"" it's__all"
    ADD CONSTRAINT "100% ""fun"" it's_{curly}_fkey" FOREIGN KEY ("{curly}") REFERENCES "Order Desk".select__all("from") ON DELETE CASCADE;

ALTER TABLE ONLY "Order Desk"."User Organizations"
    ADD CONSTRAINT "User Organizations_organization_id_fkey" FOREIGN KEY (organization_id) REFERENCES "Order Desk"."Organizations"(id);

ALTER TABLE ONLY "Order Desk"."User Organizations"
    ADD CONSTRAINT "User Organizations_user_fkey" FOREIGN KEY (user_id) REFERENCES "Order Desk"."User"("Id") ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY "Order Desk".select__all
    ADD CONSTRAINT "select_Tenant ID_fkey" FOREIGN KEY ("Tenant ID") REFERENCES "Order Desk"."Organizations"(id);

ALTER TABLE ONLY "Order Desk".select__all
    ADD CONSTRAINT "select_User Id_fkey" FOREIGN KEY ("User Id") REFERENCES "Order Desk"."User"("Id");

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2
    ADD CONSTRAINT a23456789_123456789_123456789_123456789_123456789_1234_214caedb FOREIGN KEY ("Tenant ID") REFERENCES "Order Desk"."Organizations"(id);

ALTER TABLE ONLY public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2
    ADD CONSTRAINT a23456789_123456789_123456789_b23456789_123456789_12345678_fkey FOREIGN KEY (b23456789_123456789_123456789_123456789_123456789_123456789_123) REFERENCES "Order Desk"."User"("Id");

ALTER TABLE ONLY public.plain
    ADD CONSTRAINT "plain_Tenant ID_a_fkey" FOREIGN KEY ("Tenant ID", a) REFERENCES public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2("Tenant ID", id) ON UPDATE CASCADE;

ALTER TABLE ONLY public.plain
    ADD CONSTRAINT plain_a_fkey FOREIGN KEY (a) REFERENCES public.a23456789_123456789_123456789_123456789_123456789_1234_f8b76bd2(id);

ALTER TABLE "Order Desk"."Organizations" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "Order Desk"."User Organizations" ENABLE ROW LEVEL SECURITY;
