-- A comment was made under the wrong document.
update public.comments set document_id = %(document)s where id = %(comment)s returning id::text as key
