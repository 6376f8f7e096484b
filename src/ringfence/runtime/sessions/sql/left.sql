select s.upgrade_share, c.since, c.requests, c.with_tenant, c.resolved, c.several, c.none, c.legacy_signature,
  k.with_organization, k.left_behind, k.last_seen
from ringfence.authenticate_settings s,
lateral (
  select pg_catalog.min(t.slot) as since, coalesce(pg_catalog.sum(t.with_tenant), 0)::bigint as with_tenant,
    coalesce(pg_catalog.sum(t.resolved), 0)::bigint as resolved, coalesce(pg_catalog.sum(t.several), 0)::bigint as several,
    coalesce(pg_catalog.sum(t.none), 0)::bigint as none,
    coalesce(pg_catalog.sum(t.legacy_signature), 0)::bigint as legacy_signature,
    coalesce(pg_catalog.sum(t.with_tenant + t.resolved + t.several + t.none), 0)::bigint as requests
  from ringfence.token_counts t where t.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => %(hours)s)
) c,
lateral (
  select pg_catalog.count(*) filter (where o.organization_key is not null) as with_organization,
    pg_catalog.count(*) filter (where o.legacy_seen_at >= coalesce(o.tenant_since, '-infinity')) as left_behind,
    pg_catalog.max(o.legacy_seen_at) as last_seen
  from ringfence.sessions o where o.revoked_at is null
) k
