-- A Prisma application: "User" with text keys, capitals and camelCase everywhere, sign-in tables of an auth library.
create type public."Role" as enum ('ADMIN', 'MEMBER');
create table public."User" (
  id text primary key, name text, email text unique, "emailVerified" timestamp(3), "hashedPassword" text,
  "createdAt" timestamp(3) not null default current_timestamp
);
create table public."Account" (
  id text primary key, "userId" text not null references public."User" on update cascade on delete cascade,
  type text not null, provider text not null, "providerAccountId" text not null, unique (provider, "providerAccountId")
);
create table public."Session" (
  id text primary key, "sessionToken" text not null unique,
  "userId" text not null references public."User" on update cascade on delete cascade, expires timestamp(3) not null
);
create table public."VerificationToken" (identifier text not null, token text not null unique, expires timestamp(3) not null, unique (identifier, token));
create table public."Project" (
  id text primary key, name text not null, slug text not null unique,
  "ownerId" text not null references public."User" on update cascade on delete restrict
);
create table public."Document" (
  id text primary key, title text not null, "projectId" text not null references public."Project" on update cascade on delete cascade,
  "createdById" text references public."User" on update cascade on delete set null,
  "updatedById" text references public."User" on update cascade on delete set null,
  "templateId" text
);
create table public."Comment" (
  id text primary key, body text not null, "documentId" text not null references public."Document" on update cascade on delete cascade,
  "authorId" text not null references public."User" on update cascade on delete cascade,
  "parentCommentId" text references public."Comment" on update cascade on delete cascade
);
create table public."_DocumentWatchers" (
  "A" text not null references public."Document" on update cascade on delete cascade,
  "B" text not null references public."User" on update cascade on delete cascade
);
create unique index "_DocumentWatchers_AB_unique" on public."_DocumentWatchers" ("A", "B");
create table public."AuditEvent" (id text primary key, "actorId" text, "documentId" text, action text not null);
create table public."_prisma_migrations" (id varchar(36) primary key, checksum varchar(64) not null, migration_name varchar(255) not null);

insert into public."User" (id, name, email, "hashedPassword")
select 'c' || left(md5('u' || i), 24), 'User ' || i, 'u' || i || '@co' || i % 8 || '.test', 'x' from generate_series(1, 50) i;
insert into public."Account" select 'c' || left(md5('a' || id), 24), id, 'oauth', 'github', id from public."User";
insert into public."Session" select 'c' || left(md5('s' || id), 24), md5('t' || id), id, now() from public."User";
insert into public."VerificationToken" select 'x' || i, md5(i::text), now() from generate_series(1, 30) i;
insert into public."Project" select 'c' || left(md5('p' || id), 24), 'Project', 'project-' || left(id, 9), id from public."User";
insert into public."Document" (id, title, "projectId", "createdById")
select 'c' || left(md5('d' || p.id || i), 24), 'Doc', p.id, case when i > 1 then p."ownerId" end from public."Project" p, generate_series(1, 4) i;
insert into public."Comment" (id, body, "documentId", "authorId")
select 'c' || left(md5('c' || id), 24), 'ok', id, "createdById" from public."Document" where "createdById" is not null;
insert into public."_DocumentWatchers" select id, "createdById" from public."Document" where "createdById" is not null;
insert into public."AuditEvent" select 'c' || left(md5('e' || id), 24), "createdById", id, 'view' from public."Document";
