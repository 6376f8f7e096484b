-- The journal from a position on, that entry included, in order.
select j.seq, j.at, j.event::text as event, j.previous_hash, j.hash
from ringfence.journal j
where j.seq >= %(seq)s
order by j.seq
