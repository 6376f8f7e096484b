CREATE TABLE public."Membership" (
    user_id text NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public."Organization" (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public."Session" (
    id text NOT NULL,
    "userId" text NOT NULL,
    "organizationId" uuid NOT NULL
);

CREATE TABLE public."Span" (
    id text NOT NULL,
    "traceId" text NOT NULL,
    "parentId" text,
    "organizationId" uuid NOT NULL
);

CREATE TABLE public."Trace" (
    id text NOT NULL,
    "userId" text,
    "organizationId" uuid NOT NULL
);

CREATE TABLE public."User" (
    id text NOT NULL,
    email text NOT NULL,
    "createdAt" timestamp(3) without time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public."Membership"
    ADD CONSTRAINT "Membership_pkey" PRIMARY KEY (user_id, organization_id);

ALTER TABLE ONLY public."Organization"
    ADD CONSTRAINT "Organization_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Span"
    ADD CONSTRAINT "Span_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Trace"
    ADD CONSTRAINT "Trace_organizationId_id_key" UNIQUE ("organizationId", id);

ALTER TABLE ONLY public."Trace"
    ADD CONSTRAINT "Trace_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."User"
    ADD CONSTRAINT "User_email_key" UNIQUE (email);

ALTER TABLE ONLY public."User"
    ADD CONSTRAINT "User_pkey" PRIMARY KEY (id);

CREATE UNIQUE INDEX "Membership_home_key" ON public."Membership" USING btree (user_id) WHERE is_home;

CREATE INDEX "Membership_members_idx" ON public."Membership" USING btree (organization_id, user_id);

CREATE INDEX "Session_organizationId_id_idx" ON public."Session" USING btree ("organizationId", id);

CREATE INDEX "Span_organizationId_id_idx" ON public."Span" USING btree ("organizationId", id);

CREATE INDEX "Span_organizationId_traceId_idx" ON public."Span" USING btree ("organizationId", "traceId");

CREATE INDEX "Span_traceId_idx" ON public."Span" USING btree ("traceId");

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Session" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Session"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Span" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Span"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Trace" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Trace"();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public."User" FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Session" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Session"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Span" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Span"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Trace" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Trace"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Session" FOR EACH ROW WHEN (((old."organizationId" IS DISTINCT FROM new."organizationId") OR (old."userId" IS DISTINCT FROM new."userId"))) EXECUTE FUNCTION ringfence."fill_public_Session"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Span" FOR EACH ROW WHEN (((old."organizationId" IS DISTINCT FROM new."organizationId") OR (old."traceId" IS DISTINCT FROM new."traceId"))) EXECUTE FUNCTION ringfence."fill_public_Span"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Trace" FOR EACH ROW WHEN (((old."organizationId" IS DISTINCT FROM new."organizationId") OR (old."userId" IS DISTINCT FROM new."userId"))) EXECUTE FUNCTION ringfence."fill_public_Trace"();

ALTER TABLE ONLY public."Membership"
    ADD CONSTRAINT "Membership_organization_id_fkey" FOREIGN KEY (organization_id) REFERENCES public."Organization"(id);

ALTER TABLE ONLY public."Membership"
    ADD CONSTRAINT "Membership_user_fkey" FOREIGN KEY (user_id) REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES public."Organization"(id);

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Span"
    ADD CONSTRAINT "Span_organizationId_traceId_fkey" FOREIGN KEY ("organizationId", "traceId") REFERENCES public."Trace"("organizationId", id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Span"
    ADD CONSTRAINT "Span_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES public."Span"(id) ON DELETE CASCADE;

ALTER TABLE ONLY public."Span"
    ADD CONSTRAINT "Span_traceId_fkey" FOREIGN KEY ("traceId") REFERENCES public."Trace"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Trace"
    ADD CONSTRAINT "Trace_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES public."Organization"(id);

ALTER TABLE ONLY public."Trace"
    ADD CONSTRAINT "Trace_userId_fkey" FOREIGN KEY ("userId") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE SET NULL;

ALTER TABLE public."Membership" ENABLE ROW LEVEL SECURITY;

ALTER TABLE public."Organization" ENABLE ROW LEVEL SECURITY;
