select r.outcome, r.user_text, r.counter from ringfence.refresh_v1(%(session)s, %(presented)s, %(grace_s)s) r
