select ringfence.sign_out_everywhere_v1(%(user)s) as version
