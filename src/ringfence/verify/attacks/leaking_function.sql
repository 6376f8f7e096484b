-- title: let a cheap function of one's own see rows before the policy does
-- catalogue: P24
-- actor: member
-- target: table
-- expect: unseen
create function pg_temp.ringfence_tell(text) returns boolean language plpgsql cost 0.0000001 as $tell$ begin raise notice '%', $1; return true; end $tell$;
select 1 from {{target}} t where t.{{tenant}} = {{other}} and pg_temp.ringfence_tell(t.{{text}});
