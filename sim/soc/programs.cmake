# SPDX-License-Identifier: Apache-2.0
# Programs and scenarios for the cores of rtl/soc, as name.elf and the target name_elf. TELLING: they tell the
# simulator what their threads and locks do, take the settings of a command line, and have locks in software,
# too: what `--machine riscv` runs. Without, they are what a board runs.
#
# lockarb_add_soc_program(name SOURCES file... [TELLING] [OPTIONS option...])
# lockarb_add_soc_scenario(name file.yaml [TELLING]); LOCKARB_SOC_PYTHON has PyYAML.
include(${CMAKE_CURRENT_LIST_DIR}/../../sw/port/riscv/program.cmake)

# Both, by their sources, then OPTIONS.
function(lockarb_add_soc_elf name telling)
  set(arguments ${ARGN})
  if(telling)
    list(PREPEND arguments OBSERVED SOFTWARE_LOCKS 32K SOURCES ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/settings.c)
  else()
    list(PREPEND arguments SOURCES)
  endif()
  lockarb_add_riscv_program(${name} BOARD soc ${arguments})
endfunction()

function(lockarb_add_soc_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "TELLING" "" "SOURCES;OPTIONS")
  cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..)
  lockarb_add_soc_elf(${name} ${program_TELLING}
    ${program_SOURCES} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/simulation.c
    OPTIONS -I${root} -I${root}/sim/platform/port -fshort-wchar -fms-extensions -Wno-multichar
      ${program_OPTIONS})
endfunction()

# Its data, made from the file, and the same code of the workload.
function(lockarb_add_soc_scenario name file)
  cmake_parse_arguments(PARSE_ARGV 2 scenario "TELLING" "" "")
  cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..)
  set(data ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
  set(simulated)
  if(scenario_TELLING)
    set(simulated simulated)
  endif()
  add_custom_command(OUTPUT ${data}
    COMMAND ${LOCKARB_SOC_PYTHON} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/scenario.py ${file} ${data} ${simulated}
    DEPENDS ${file} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/scenario.py VERBATIM)
  lockarb_add_soc_elf(${name} ${scenario_TELLING} ${data} ${root}/sim/run/workload.c OPTIONS -I${root})
endfunction()
