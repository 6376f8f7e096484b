-- What version 2 of the desk brings along: logins that are members of nothing wide, and a function for each thing that
-- crosses companies. Nobody calls them before isolation is enforced; their bodies name columns that come with phase 1.
set client_min_messages = warning;

do $$
declare
  missing text;
begin
  -- desk_app speaks in the name of one user of one organization; desk_door may call a handful of functions and read
  -- nothing; desk_rollout asks which side answers which endpoint
  foreach missing in array array['desk_app', 'desk_door', 'desk_rollout'] loop
    if not exists (select from pg_roles where rolname = missing) then
      execute format('create role %I login noinherit', missing);
    end if;
  end loop;
  grant authenticated to desk_app;
  -- seals are parameters, and do not belong into a log
  alter role desk_app set log_parameter_max_length = 0;
  alter role desk_app set log_parameter_max_length_on_error = 0;
end
$$;

-- 1. Before anybody has a tenant: for the door alone ----------------------------------------------------------------------

create function public.desk_home_of(who uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select m.organization_id from public.user_organizations m
    where m.user_id = who
    order by m.is_home desc, m.organization_id
    limit 1
  );
end
$$;

create function public.desk_resume_session(who uuid, which uuid) returns table (id uuid, client_id uuid)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    update public.sessions s set last_seen_at = pg_catalog.now()
    from public.user_organizations m
    where s.id = which and s.user_id = who and m.user_id = s.user_id and m.organization_id = s.client_id
    returning s.id, s.client_id;
end
$$;

-- The unique rule on tokens goes in phase 6, since it tells one company what another has; its index went with every
-- request for a public link.
create index documents_public_token_idx on public.documents (public_token) where public_token is not null;

-- The token alone says which document: nobody can ask for a list of them. Whoever knows a link of another company could
-- give its token to a document of his own; then the link shows nobody anything, and never his page under their address.
create function public.desk_public_document(token text)
returns table (id uuid, title text, slug text, body text, updated_at timestamptz, organization_id uuid)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select d.id, d.title, d.slug, d.body, d.updated_at, d.client_id
    from public.documents d
    where d.public_token = token
      and not exists (select from public.documents o where o.public_token = token and o.id <> d.id);
end
$$;

create function public.desk_nightly(most integer) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  organization uuid;
  pruned integer := 0;
  gone integer;
begin
  perform public.refresh_desk_statistics();
  for organization in select o.id from public.organizations o order by o.id loop
    delete from public.sessions s where s.client_id = organization and s.id in (
      select old.id from public.sessions old
      where old.client_id = organization and old.last_seen_at < pg_catalog.now() - interval '180 days'
      order by old.last_seen_at
      limit most - pruned
    );
    get diagnostics gone = row_count;
    pruned := pruned + gone;
  end loop;
  return pruned;
end
$$;

-- 2. What crosses companies: each asks who is calling, whom the seal names ----------------------------------------------------

create function public.desk_is_user(who uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from auth.users u where u.id = who);
end
$$;

create function public.desk_shared_document(which uuid)
returns table (
  id uuid, owner_id uuid, folder_id uuid, title text, slug text, body text, shared_with uuid[], public_token text,
  created_at timestamptz, updated_at timestamptz, organization_id uuid
)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select d.id, d.owner_id, d.folder_id, d.title, d.slug, d.body, d.shared_with, d.public_token, d.created_at,
      d.updated_at, d.client_id
    from public.documents d
    where d.id = which and ringfence.user_id() = any (d.shared_with);
end
$$;

-- While old programs need the old columns of uploads under that name, the whole table is to be had in schema `next`.
create function public.desk_shared_uploads(of_document uuid, which uuid)
returns table (
  id uuid, document_id uuid, path text, bytes bigint, sha256 text, uploaded_by uuid, created_at timestamptz,
  organization_id uuid
)
language plpgsql stable security definer set search_path = next, public, pg_temp
as $$
#variable_conflict use_column
begin
  return query
    select u.id, u.document_id, u.path, u.bytes, u.sha256, u.uploaded_by, u.created_at, u.client_id
    from uploads u
    join public.documents d on d.id = u.document_id and d.client_id = u.client_id
    where (u.document_id = of_document or u.id = which) and ringfence.user_id() = any (d.shared_with)
    order by u.created_at, u.id
    limit 200;
end
$$;

create function public.desk_shared_comments(of_document uuid)
returns table (id bigint, document_id uuid, author_id uuid, body text, created_at timestamptz, organization_id uuid)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select c.id, c.document_id, c.author_id, c.body, c.created_at, c.client_id
    from public.comments c
    join public.documents d on d.id = c.document_id and d.client_id = c.client_id
    where c.document_id = of_document and ringfence.user_id() = any (d.shared_with)
    order by c.created_at, c.id
    limit 200;
end
$$;

create function public.desk_comment_on_shared(on_document uuid, said text)
returns table (id bigint, document_id uuid, author_id uuid, body text, created_at timestamptz, organization_id uuid)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    insert into public.comments as c (document_id, author_id, body, client_id)
    select d.id, ringfence.user_id(), said, d.client_id
    from public.documents d
    where d.id = on_document and ringfence.user_id() = any (d.shared_with)
    for key share
    returning c.id, c.document_id, c.author_id, c.body, c.created_at, c.client_id;
end
$$;

-- from and to a document that the caller may see, be it of his organization or shared with him
create function public.desk_move_comment(which bigint, to_document uuid)
returns table (id bigint, document_id uuid, author_id uuid, body text, created_at timestamptz, organization_id uuid)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  me uuid := ringfence.user_id();
  mine uuid := ringfence.client_id();
begin
  return query
    update public.comments c set document_id = d.id, client_id = d.client_id
    from public.documents d
    where d.id = to_document and (d.client_id = mine or me = any (d.shared_with))
      and c.id = which and c.author_id = me
      and exists (
        select from public.documents o
        where o.id = c.document_id and o.client_id = c.client_id and (o.client_id = mine or me = any (o.shared_with))
      )
    returning c.id, c.document_id, c.author_id, c.body, c.created_at, c.client_id;
end
$$;

-- the document goes to the new owner's home, out of its folder here; comments and uploads follow by their keys
create function public.desk_hand_over(which uuid, whom uuid) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  home uuid := public.desk_home_of(whom);
  changed integer;
begin
  update public.documents d set owner_id = whom, client_id = home, folder_id = null
  where d.id = which and d.client_id = ringfence.client_id() and d.owner_id = ringfence.user_id() and home is not null;
  get diagnostics changed = row_count;
  return changed;
end
$$;

create function public.desk_my_statistics() returns table (owner_id uuid, documents bigint, last_change timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select s.owner_id, s.documents, s.last_change
    from public.desk_statistics s
    where s.owner_id = ringfence.user_id();
end
$$;

do $$
declare
  made regprocedure;
begin
  for made in
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'desk\_%'
  loop
    execute format('revoke all on function %s from public, anon, authenticated, service_role', made);
    if made::text ~ '^desk_(home_of|resume_session|public_document|nightly)\(' then
      execute format('grant execute on function %s to desk_door', made);
    else
      execute format('grant execute on function %s to authenticated', made);
    end if;
  end loop;
end
$$;
