update public.documents set body = %(body)s where id = %(document)s returning id::text as key
