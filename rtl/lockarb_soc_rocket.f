soc/lockarb_soc_rocket.v
soc/lockarb_soc_rocket_memory.v
soc/lockarb_soc_rocket_port.v
soc/lockarb_soc_turn.v
soc/lockarb_soc_pick.v
soc/lockarb_soc_bridge.v
soc/lockarb_soc_devices.v
uart/lockarb_uart.v
