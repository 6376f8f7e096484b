-- Whether phase 4's objects are there.
select pg_catalog.to_regclass('ringfence.shadow_observations') is not null as standing
