soc/lockarb_soc.v
soc/lockarb_soc_vexriscv.v
soc/lockarb_soc_picorv32.v
soc/lockarb_soc_turn.v
soc/lockarb_soc_memory.v
soc/lockarb_soc_bridge.v
soc/lockarb_soc_devices.v
uart/lockarb_uart.v
