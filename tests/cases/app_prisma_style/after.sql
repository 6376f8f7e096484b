CREATE TYPE public."Role" AS ENUM (
    'ADMIN',
    'MEMBER'
);

CREATE TABLE public."Account" (
    id text NOT NULL,
    "userId" text NOT NULL,
    type text NOT NULL,
    provider text NOT NULL,
    "providerAccountId" text NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public."AuditEvent" (
    id text NOT NULL,
    "actorId" text,
    "documentId" text,
    action text NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public."Comment" (
    id text NOT NULL,
    body text NOT NULL,
    "documentId" text NOT NULL,
    "authorId" text NOT NULL,
    "parentCommentId" text,
    client_id uuid NOT NULL
);

CREATE TABLE public."Document" (
    id text NOT NULL,
    title text NOT NULL,
    "projectId" text NOT NULL,
    "createdById" text,
    "updatedById" text,
    "templateId" text,
    client_id uuid NOT NULL
);

CREATE TABLE public."Project" (
    id text NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    "ownerId" text NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public."Session" (
    id text NOT NULL,
    "sessionToken" text NOT NULL,
    "userId" text NOT NULL,
    expires timestamp(3) without time zone NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public."User" (
    id text NOT NULL,
    name text,
    email text,
    "emailVerified" timestamp(3) without time zone,
    "hashedPassword" text,
    "createdAt" timestamp(3) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE public."VerificationToken" (
    identifier text NOT NULL,
    token text NOT NULL,
    expires timestamp(3) without time zone NOT NULL
);

CREATE TABLE public."_DocumentWatchers" (
    "A" text NOT NULL,
    "B" text NOT NULL,
    client_id uuid NOT NULL
);

CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    migration_name character varying(255) NOT NULL
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.user_organizations (
    user_id text NOT NULL,
    organization_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    is_home boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public."Account"
    ADD CONSTRAINT "Account_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Account"
    ADD CONSTRAINT "Account_provider_providerAccountId_key" UNIQUE (provider, "providerAccountId");

ALTER TABLE ONLY public."AuditEvent"
    ADD CONSTRAINT "AuditEvent_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Comment"
    ADD CONSTRAINT "Comment_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Document"
    ADD CONSTRAINT "Document_client_id_id_key" UNIQUE (client_id, id);

ALTER TABLE ONLY public."Document"
    ADD CONSTRAINT "Document_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Project"
    ADD CONSTRAINT "Project_client_id_id_key" UNIQUE (client_id, id);

ALTER TABLE ONLY public."Project"
    ADD CONSTRAINT "Project_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Project"
    ADD CONSTRAINT "Project_slug_key" UNIQUE (slug);

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_sessionToken_key" UNIQUE ("sessionToken");

ALTER TABLE ONLY public."User"
    ADD CONSTRAINT "User_email_key" UNIQUE (email);

ALTER TABLE ONLY public."User"
    ADD CONSTRAINT "User_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."VerificationToken"
    ADD CONSTRAINT "VerificationToken_identifier_token_key" UNIQUE (identifier, token);

ALTER TABLE ONLY public."VerificationToken"
    ADD CONSTRAINT "VerificationToken_token_key" UNIQUE (token);

ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_pkey PRIMARY KEY (user_id, organization_id);

CREATE INDEX "Account_client_id_id_idx" ON public."Account" USING btree (client_id, id);

CREATE INDEX "AuditEvent_client_id_id_idx" ON public."AuditEvent" USING btree (client_id, id);

CREATE INDEX "Comment_client_id_documentId_idx" ON public."Comment" USING btree (client_id, "documentId");

CREATE INDEX "Comment_client_id_id_idx" ON public."Comment" USING btree (client_id, id);

CREATE INDEX "Document_client_id_projectId_idx" ON public."Document" USING btree (client_id, "projectId");

CREATE INDEX "Session_client_id_id_idx" ON public."Session" USING btree (client_id, id);

CREATE UNIQUE INDEX "_DocumentWatchers_AB_unique" ON public."_DocumentWatchers" USING btree ("A", "B");

CREATE INDEX "_DocumentWatchers_client_id_A_idx" ON public."_DocumentWatchers" USING btree (client_id, "A");

CREATE UNIQUE INDEX user_organizations_home_key ON public.user_organizations USING btree (user_id) WHERE is_home;

CREATE INDEX user_organizations_members_idx ON public.user_organizations USING btree (organization_id, user_id);

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Account" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Account"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."AuditEvent" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_AuditEvent"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Comment" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Comment"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Document" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Document"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Project" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Project"();

CREATE CONSTRAINT TRIGGER "00_ringfence_settle" AFTER INSERT OR UPDATE ON public."Session" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.client_id = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)) EXECUTE FUNCTION ringfence."settle_public_Session"();

CREATE TRIGGER "00_ringfence_sign_up" AFTER INSERT ON public."User" FOR EACH ROW EXECUTE FUNCTION ringfence.assign_user();

CREATE TRIGGER "ringfence_carry_public_AuditEvent_documentId" AFTER UPDATE ON public."Document" FOR EACH ROW WHEN ((old.client_id IS DISTINCT FROM new.client_id)) EXECUTE FUNCTION ringfence."ringfence_carry_public_AuditEvent_documentId"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Account" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Account"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."AuditEvent" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_AuditEvent"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Comment" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Comment"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Document" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Document"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Project" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Project"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."Session" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public_Session"();

CREATE TRIGGER zzz_ringfence_fill_insert BEFORE INSERT ON public."_DocumentWatchers" FOR EACH ROW EXECUTE FUNCTION ringfence."fill_public__DocumentWatchers"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Account" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."userId" IS DISTINCT FROM new."userId"))) EXECUTE FUNCTION ringfence."fill_public_Account"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."AuditEvent" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."documentId" IS DISTINCT FROM new."documentId") OR (old."actorId" IS DISTINCT FROM new."actorId"))) EXECUTE FUNCTION ringfence."fill_public_AuditEvent"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Comment" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."documentId" IS DISTINCT FROM new."documentId"))) EXECUTE FUNCTION ringfence."fill_public_Comment"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Document" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."projectId" IS DISTINCT FROM new."projectId"))) EXECUTE FUNCTION ringfence."fill_public_Document"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Project" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."ownerId" IS DISTINCT FROM new."ownerId"))) EXECUTE FUNCTION ringfence."fill_public_Project"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."Session" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."userId" IS DISTINCT FROM new."userId"))) EXECUTE FUNCTION ringfence."fill_public_Session"();

CREATE TRIGGER zzz_ringfence_fill_update BEFORE UPDATE ON public."_DocumentWatchers" FOR EACH ROW WHEN (((old.client_id IS DISTINCT FROM new.client_id) OR (old."A" IS DISTINCT FROM new."A"))) EXECUTE FUNCTION ringfence."fill_public__DocumentWatchers"();

ALTER TABLE ONLY public."Account"
    ADD CONSTRAINT "Account_client_id_fkey" FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public."Account"
    ADD CONSTRAINT "Account_userId_fkey" FOREIGN KEY ("userId") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."AuditEvent"
    ADD CONSTRAINT "AuditEvent_client_id_fkey" FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public."Comment"
    ADD CONSTRAINT "Comment_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Comment"
    ADD CONSTRAINT "Comment_client_id_documentId_fkey" FOREIGN KEY (client_id, "documentId") REFERENCES public."Document"(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Comment"
    ADD CONSTRAINT "Comment_documentId_fkey" FOREIGN KEY ("documentId") REFERENCES public."Document"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Comment"
    ADD CONSTRAINT "Comment_parentCommentId_fkey" FOREIGN KEY ("parentCommentId") REFERENCES public."Comment"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Document"
    ADD CONSTRAINT "Document_client_id_projectId_fkey" FOREIGN KEY (client_id, "projectId") REFERENCES public."Project"(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Document"
    ADD CONSTRAINT "Document_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE SET NULL;

ALTER TABLE ONLY public."Document"
    ADD CONSTRAINT "Document_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES public."Project"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."Document"
    ADD CONSTRAINT "Document_updatedById_fkey" FOREIGN KEY ("updatedById") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE SET NULL;

ALTER TABLE ONLY public."Project"
    ADD CONSTRAINT "Project_client_id_fkey" FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public."Project"
    ADD CONSTRAINT "Project_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_client_id_fkey" FOREIGN KEY (client_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public."Session"
    ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."_DocumentWatchers"
    ADD CONSTRAINT "_DocumentWatchers_A_fkey" FOREIGN KEY ("A") REFERENCES public."Document"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."_DocumentWatchers"
    ADD CONSTRAINT "_DocumentWatchers_B_fkey" FOREIGN KEY ("B") REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public."_DocumentWatchers"
    ADD CONSTRAINT "_DocumentWatchers_client_id_A_fkey" FOREIGN KEY (client_id, "A") REFERENCES public."Document"(client_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.user_organizations
    ADD CONSTRAINT user_organizations_user_fkey FOREIGN KEY (user_id) REFERENCES public."User"(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
