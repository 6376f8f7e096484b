-- In which hours somebody looked who was connected. Without it, "not seen" could mean that nobody was looking.
create table if not exists ringfence.session_watches (
  hour timestamptz not null primary key,
  samples bigint not null default 1
);
comment on table ringfence.session_watches is
  'The hours in which sessions were sampled: an old client counts as gone only after hours that were all watched.';
