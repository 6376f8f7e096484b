update public.documents set folder_id = %(folder)s where id = %(document)s returning id::text as key
