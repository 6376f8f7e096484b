select i.organization, i.org_role, i.token_version, i.membership_epoch from ringfence.issue_v1(%(session)s, %(user)s) i
