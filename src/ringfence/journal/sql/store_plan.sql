-- Keep a plan; the same hash is the same document.
insert into ringfence.plans (hash, document) values (%(hash)s, %(document)s::json) on conflict (hash) do nothing
