-- Change how an endpoint is served; what is null stays as it is.
select ringfence.set_endpoint_v1(
    %(endpoint)s::text,
    %(mode)s::text,
    %(percent)s::numeric,
    %(error_share_max)s::numeric,
    %(difference_share_max)s::numeric,
    %(observed_min)s::integer,
    %(falls_back)s::boolean,
    %(reason)s::text
)
