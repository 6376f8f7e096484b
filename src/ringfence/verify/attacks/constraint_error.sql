-- title: make a constraint fail on a hidden row, so that the error prints it
-- catalogue: P24 K10
-- actor: member
-- target: table
-- expect: unseen
update {{target}} t set {{tenant}} = null where {{other_key}};
