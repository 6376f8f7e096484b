select ringfence.switch_v1(%(session)s, %(user)s, %(organization)s) as outcome
