-- Send an endpoint back to legacy, if it is still as it was when it was judged.
select ringfence.fall_back_v1(%(endpoint)s, %(revision)s, %(reason)s) as fell
