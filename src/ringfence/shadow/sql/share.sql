-- Which share of users acts as the canary.
select s.canary_share from ringfence.shadow_settings s
