# SPDX-License-Identifier: Apache-2.0
# The board, from its UART pins on; 8 clocks per bit are fast to simulate, and so is a short silence.
set(board_timeout 1024)
set(board_hz 12000000)
set(board_baud 1500000)
add_library(soc_board STATIC EXCLUDE_FROM_ALL)
verilate(soc_board TOP_MODULE lockarb_soc_board PREFIX Vsoc_board TRACE_FST
  SOURCES ${rtl}/lockarb.vlt ${CMAKE_CURRENT_SOURCE_DIR}/${LOCKARB_SOC_CORE}.vlt ${files} ${core_files}
  INCLUDE_DIRS ${rtl} ${rtl}/views
  VERILATOR_ARGS ${verilator_options} -Wno-TIMESCALEMOD -GClockHz=${board_hz} -GBaud=${board_baud}
    -GTimeout=${board_timeout} -GMemoryFile="${CMAKE_CURRENT_BINARY_DIR}/smallest.hex"
  OPT_FAST ${LOCKARB_SOC_OPTIMIZATION} OPT_SLOW -O0 OPT_GLOBAL ${LOCKARB_SOC_OPTIMIZATION})
get_target_property(includes soc_board INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(soc_board SYSTEM INTERFACE ${includes})
lockarb_check_fst(soc_board)
target_link_libraries(soc_board PUBLIC soc_command)
add_executable(lockarb_soc_board_sim EXCLUDE_FROM_ALL ${root}/sim/board/board_sim.cpp)
target_compile_definitions(lockarb_soc_board_sim PRIVATE LOCKARB_BOARD_SOC
  LOCKARB_BOARD_CLOCK_HZ=${board_hz} LOCKARB_BOARD_BAUD=${board_baud} LOCKARB_BOARD_TIMEOUT=${board_timeout})
target_compile_options(lockarb_soc_board_sim PRIVATE -Wall -Wextra -Werror)
target_link_libraries(lockarb_soc_board_sim PRIVATE soc_board soc_command)

# What is in the memory of a board at first: NAME.hex of NAME.elf.
function(lockarb_add_memory_file name)
  set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
  set(hex ${CMAKE_CURRENT_BINARY_DIR}/${name}.hex)
  add_custom_command(OUTPUT ${hex} COMMAND ${LOCKARB_SOC_PYTHON} ${rtl}/soc/boards/memory_file.py ${elf} ${hex}
    DEPENDS ${name}_elf ${elf} ${rtl}/soc/boards/memory_file.py VERBATIM)
  add_custom_target(${name}_hex DEPENDS ${hex})
endfunction()
lockarb_add_memory_file(smallest)
add_dependencies(lockarb_soc_board_sim smallest_hex)
