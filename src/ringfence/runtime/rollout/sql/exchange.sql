-- Tell what was counted, hear how every endpoint is served; one round trip.
select
    e.endpoint,
    e.mode,
    e.percent,
    e.error_share_max,
    e.difference_share_max,
    e.observed_min,
    e.falls_back,
    e.revision,
    e.tenant_runs,
    e.tenant_errors,
    e.compared,
    e.differed
from ringfence.exchange_endpoints_v1(%(counts)s::jsonb) e
