select ringfence.end_session_v1(%(session)s, %(why)s)
