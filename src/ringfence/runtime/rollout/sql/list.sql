-- Every endpoint, with what was seen of it in the last minute, under whatever setting.
select
    e.endpoint,
    e.mode,
    e.percent,
    e.error_share_max,
    e.difference_share_max,
    e.observed_min,
    e.falls_back,
    e.mode_since,
    s.*
from ringfence.endpoints e
cross join lateral (
    select
        coalesce(sum(k.legacy_answers), 0)::bigint as legacy_answers,
        coalesce(sum(k.tenant_answers), 0)::bigint as tenant_answers,
        coalesce(sum(k.tenant_runs), 0)::bigint as tenant_runs,
        coalesce(sum(k.tenant_errors), 0)::bigint as tenant_errors,
        coalesce(sum(k.compared), 0)::bigint as compared,
        coalesce(sum(k.differed), 0)::bigint as differed,
        coalesce(sum(k.skipped), 0)::bigint as skipped
    from ringfence.endpoint_counts k
    where k.endpoint = e.endpoint and k.slot > pg_catalog.now() - interval '60 seconds'
) s
order by e.endpoint
