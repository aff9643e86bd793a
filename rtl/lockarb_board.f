uart/lockarb_uart.v
uart/lockarb_uartbone.v
boards/lockarb_board.v
