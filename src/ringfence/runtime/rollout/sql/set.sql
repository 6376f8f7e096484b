-- Change how an endpoint is served; what is null stays as it is.
select ringfence.set_endpoint_v1(
    %(endpoint)s,
    %(mode)s,
    %(percent)s,
    %(error_share_max)s,
    %(difference_share_max)s,
    %(observed_min)s,
    %(falls_back)s,
    %(reason)s
)
