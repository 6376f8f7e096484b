-- People who can log in: they have an address. Of every company some, and of public mail services.
select key, email from (
  select u.id::pg_catalog.text as key, u.email::pg_catalog.text as email,
    pg_catalog.row_number() over (partition by pg_catalog.lower(pg_catalog.split_part(u.email, '@', 2)) order by u.id) as n
  from auth.users u where u.email is not null and u.encrypted_password is not null
) lot
order by n, key
limit %(people_max)s
