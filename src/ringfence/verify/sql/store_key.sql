-- A key for this transaction alone: the contexts of made-up users are sealed with it, and it is rolled back with them.
insert into ringfence.context_keys (id, inner_pad, outer_pad) values (%(id)s, %(inner_pad)s, %(outer_pad)s)
