-- The desk's data, the same for the same numbers: every value follows from the number of its row.
-- Some of it is awkward on purpose: activity of people who are gone, comments across companies, users without e-mail.
set client_min_messages = warning;

insert into public.plans (id, name, documents_max) values
  ('free', 'Free', 100), ('team', 'Team', 10000), ('business', 'Business', null);

insert into storage.buckets (id, name) values ('files', 'files');

-- Everybody has the same password, which is no secret (docs/demo.md).
-- Six companies of falling size; one user in eight has an address of a public mail service, a few only a phone number.
insert into auth.users (id, email, phone, encrypted_password, raw_user_meta_data, created_at)
select
  md5('desk user ' || i)::uuid,
  case
    when i % 97 = 0 then null
    when i % 8 = 0 then 'user' || i || '@' || (array['gmail.com', 'gmx.de', 'outlook.com'])[1 + i / 8 % 3]
    else 'user' || i || '@' || (array[
      'harbor.example', 'harbor.example', 'harbor.example', 'harbor.example',
      'Orchard.example', 'orchard.example', 'orchard.example',
      'quarry.example', 'quarry.example',
      'meadow.example', 'meadow.example',
      'foundry.example',
      'mill.example'])[1 + i % 13]
  end,
  case when i % 97 = 0 then '+1 555 ' || lpad(i::text, 7, '0') end,
  {{password_hash}},
  jsonb_build_object('name', 'User ' || i),
  timestamptz '2024-01-01 08:00:00+00' + i * interval '3 hours'
from generate_series(1, {{users}}) i
order by i;

update public.profiles p
set plan_id = case when numbered.n % 5 = 0 then 'team' else 'business' end
from (select id, row_number() over (order by created_at, id) as n from auth.users) numbered
where numbered.id = p.id and (numbered.n % 5 = 0 or numbered.n % 17 = 0);

insert into public.sessions (id, user_id, user_agent, created_at, last_seen_at)
select
  md5('desk session ' || i)::uuid,
  md5('desk user ' || 1 + i % {{users}})::uuid,
  (array['Firefox', 'Chrome', 'Safari', 'document-desk mobile'])[1 + i % 4],
  timestamptz '2025-01-01 08:00:00+00' + i * interval '7 minutes',
  timestamptz '2025-01-01 09:00:00+00' + i * interval '7 minutes'
from generate_series(1, {{sessions}}) i
order by i;

-- Trees of folders: the first ones are roots, later ones lie in an earlier folder of the same user. Their number is a
-- multiple of the number of users, so folder n and document n have the same owner.
insert into public.folders (id, parent_id, owner_id, name, created_at)
select
  md5('desk folder ' || i)::uuid,
  case when i > {{users}} then md5('desk folder ' || i - {{users}})::uuid end,
  md5('desk user ' || 1 + i % {{users}})::uuid,
  (array['Inbox', 'Contracts', 'Invoices', 'Ideas', 'Archive'])[1 + i % 5] || ' ' || i,
  timestamptz '2024-06-01 08:00:00+00' + i * interval '11 minutes'
from generate_series(1, {{folders}}) i
order by i;

-- Two documents in three lie in a folder of their owner.
insert into public.documents (id, owner_id, folder_id, title, slug, body, created_at, updated_at)
select
  md5('desk document ' || i)::uuid,
  md5('desk user ' || 1 + i % {{users}})::uuid,
  case when i % 3 > 0 then md5('desk folder ' || 1 + (i - 1) % {{folders}})::uuid end,
  (array['Offer', 'Minutes', 'Plan', 'Report', 'Letter', 'Draft'])[1 + i % 6] || ' ' || i,
  'document-' || i,
  repeat('Paragraph ' || i % 211 || ' of what people write about all day. ', 1 + i % 5),
  timestamptz '2025-02-01 08:00:00+00' + i * interval '90 seconds',
  timestamptz '2025-02-02 08:00:00+00' + i * interval '90 seconds'
from generate_series(1, {{documents}}) i
order by i;

insert into public.uploads (id, document_id, path, bytes, uploaded_by, created_at)
select
  md5('desk upload ' || i)::uuid,
  md5('desk document ' || 1 + (i * 7::bigint) % {{documents}})::uuid,
  'uploads/' || md5('path ' || i) || '.pdf',
  1000 + i * 37::bigint % 5000000,
  md5('desk user ' || 1 + (1 + (i * 7::bigint) % {{documents}}) % {{users}})::uuid,
  timestamptz '2025-03-01 08:00:00+00' + i * interval '2 minutes'
from generate_series(1, {{uploads}}) i
order by i;

-- Every ninth comment is by somebody else, often of another company: documents were shared by link.
insert into public.comments (document_id, author_id, body, created_at)
select
  md5('desk document ' || 1 + i % {{documents}})::uuid,
  md5('desk user ' || 1 + (1 + i % {{documents}} + case when i % 9 = 0 then i % 50 else 0 end) % {{users}})::uuid,
  (array['Looks good.', 'Please check the second page.', 'Done.', 'Who wrote this?'])[1 + i % 4] || ' #' || i,
  timestamptz '2025-03-05 08:00:00+00' + i * interval '30 seconds'
from generate_series(1, {{comments}}) i
order by i;

-- One line of the log in two hundred is by somebody who deleted the account since.
insert into public.activity (actor, verb, subject_type, subject_id, at)
select
  case when i % 200 = 0 then md5('gone user ' || i % 11)::uuid else md5('desk user ' || 1 + i % {{users}})::uuid end,
  (array['opened', 'edited', 'shared', 'commented'])[1 + i % 4],
  'document',
  md5('desk document ' || 1 + i % {{documents}})::uuid,
  timestamptz '2025-02-01 08:00:00+00' + i * interval '20 seconds'
from generate_series(1, {{activity}}) i
order by i;

insert into storage.objects (id, bucket_id, name, owner, metadata, created_at)
select md5('desk object ' || u.path)::uuid, 'files', u.path, u.uploaded_by, jsonb_build_object('size', u.bytes), u.created_at
from public.uploads u
order by u.created_at, u.id;

refresh materialized view public.desk_statistics;
analyze;
