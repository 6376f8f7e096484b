-- Append one entry: locked, chained, inserted and returned in one round trip.
select a.seq, a.at, a.previous_hash, a.hash from ringfence.append_v1(%(event)s) a
