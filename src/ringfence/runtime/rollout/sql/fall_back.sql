-- Send an endpoint back to legacy, if it is still as it was when it was judged.
select ringfence.fall_back_v1(%(endpoint)s::text, %(revision)s::bigint, %(reason)s::text) as fell
