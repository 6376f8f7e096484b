select s.outcome, s.counter from ringfence.start_session_v1(%(session)s, %(user)s) s
