-- Widen the share of users who act as the canary, or take it back: for the next request of each, without a lock.
update ringfence.shadow_settings set canary_share = %(share)s
