update ringfence.authenticate_settings set upgrade_share = %(share)s
