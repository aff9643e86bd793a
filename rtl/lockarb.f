lockarb.v
lockarb_axil.v
lockarb_engine.v
lockarb_check.v
lockarb_decide.v
lockarb_apc.v
lockarb_grant.v
lockarb_ram.v
