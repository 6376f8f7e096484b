update public.folders set parent_id = %(parent)s where id = %(folder)s returning id::text as key
