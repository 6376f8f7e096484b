-- A document changes hands, often to another company; comments and uploads go with it.
update public.documents set owner_id = %(user)s where id = %(document)s returning id::text as key
