select s.outcome, s.organization
from ringfence.standing_v1(
    %(session)s, %(user)s, %(organization)s, %(token_version)s, %(membership_epoch)s, %(issued_at)s) s
