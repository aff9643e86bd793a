# SPDX-License-Identifier: Apache-2.0
# lockarb_add_riscv_program(name BOARD soc|virt SOURCES file...
#                           [OPTIONS option...] [SOFTWARE_LOCKS bytes] [OBSERVED]):
# a program written to wdm.h as name.elf, with all of sw/ in it, for a board of this folder. OPTIONS go to
# compiler and linker. SOFTWARE_LOCKS sets memory aside for locks in software; without, the program has none.
# OBSERVED, of a soc: the program tells the simulator what its threads and locks do. A soc whose memory is not
# 256 KiB: LOCKARB_RISCV_MEMORY_KIB, of whoever includes this; one whose cores are not VexRiscv:
# LOCKARB_RISCV_CORE; further options for all programs: LOCKARB_RISCV_OPTIONS.
set(LOCKARB_RISCV_TOOL riscv64-unknown-elf- CACHE STRING "What the cross compiler's programs begin with")
find_program(LOCKARB_RISCV_GCC ${LOCKARB_RISCV_TOOL}gcc)

function(lockarb_add_riscv_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "OBSERVED" "BOARD;SOFTWARE_LOCKS" "SOURCES;OPTIONS")
  set(port ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  if(program_UNPARSED_ARGUMENTS OR NOT program_SOURCES OR NOT EXISTS ${port}/${program_BOARD})
    message(FATAL_ERROR "lockarb_add_riscv_program(${name}): BOARD \"${program_BOARD}\" has to be soc or virt, "
      "SOURCES the program's files; unknown: \"${program_UNPARSED_ARGUMENTS}\"")
  endif()
  if(NOT LOCKARB_RISCV_GCC)
    message(FATAL_ERROR "${name}.elf needs a compiler for RISC-V, and there is no ${LOCKARB_RISCV_TOOL}gcc: "
      "apt-get install gcc-riscv64-unknown-elf, or -DLOCKARB_RISCV_TOOL=another-prefix-")
  endif()
  set(core_folders privileged)
  set(architecture rv32im)
  set(abi -mabi=ilp32)
  set(not_linked)
  if(program_BOARD STREQUAL soc)
    set(cores vexriscv picorv32 rocket)
    set(core vexriscv)
    if(LOCKARB_RISCV_CORE)
      set(core ${LOCKARB_RISCV_CORE})
    endif()
    if(NOT core IN_LIST cores)
      message(FATAL_ERROR "${name}.elf: there is no port to cores of the name \"${core}\"; LOCKARB_RISCV_CORE is one "
        "of: ${cores}")
    endif()
    if(core STREQUAL vexriscv)
      list(APPEND core_folders vexriscv cacheless)
    elseif(core STREQUAL picorv32)
      set(core_folders picorv32 cacheless)
      set(architecture rv32i)
    else()
      list(APPEND core_folders rocket)
      set(architecture rv64imac)
      set(abi -mabi=lp64 -mcmodel=medany)
      set(not_linked "/pending.c$")  # it has a PLIC
    endif()
  endif()
  get_filename_component(sw ${port}/../.. ABSOLUTE)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    ${sw}/executive/*.c ${sw}/wdm/*.c ${sw}/driver/*.c ${port}/${program_BOARD}/*.c)
  list(FILTER sources EXCLUDE REGEX "/lines.c$")  # no board knows source lines
  if(NOT program_OBSERVED)
    list(FILTER sources EXCLUDE REGEX "/soc/observer.c$")
  endif()
  set(port_patterns ${port}/*.c ${port}/*.S)
  foreach(folder ${core_folders})
    list(APPEND port_patterns ${port}/${folder}/*.c ${port}/${folder}/*.S)
  endforeach()
  file(GLOB port_sources CONFIGURE_DEPENDS ${port_patterns})
  if(not_linked)
    list(FILTER port_sources EXCLUDE REGEX "${not_linked}")
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${sw}/*.h)
  if(program_SOFTWARE_LOCKS)
    list(FILTER sources EXCLUDE REGEX "/hardware_only.c$")
    list(APPEND program_OPTIONS -Wl,--defsym=__shared_size=${program_SOFTWARE_LOCKS})
  else()
    list(FILTER sources EXCLUDE REGEX "/(both_kinds|software_lock|software_rules|cell).c$")
  endif()
  list(APPEND program_OPTIONS ${LOCKARB_RISCV_OPTIONS})
  if(LOCKARB_RISCV_MEMORY_KIB)
    list(APPEND program_OPTIONS -Wl,--defsym=__memory_size=${LOCKARB_RISCV_MEMORY_KIB}K)
  endif()
  set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
  # -misa-spec: CSR instructions are part of I in that version, so one name fits GCC 12 and GCC 14. Optimized as
  # one unit, since the routines are small and in many files (sw/README.md, "Instruction cost"). Then the compiler
  # holds atomic.c's compare-and-exchange against what programs write, which has one argument more.
  set(compile ${LOCKARB_RISCV_GCC} -march=${architecture} ${abi} -misa-spec=2.2 -std=c11 -g -O2
    -ffreestanding -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections
    -Wall -Wextra -Werror -Wno-lto-type-mismatch
    -I${sw} -I${port} -I${port}/libc -I${sw}/executive/include -I${sw}/wdm/include)
  set(parts ${program_SOURCES})
  set(first)
  if(program_OBSERVED)
    # A unit of its own, whose calls return to it: the simulator is told from where a routine was called.
    set(parts ${name}.observed.o)
    set(first COMMAND ${compile} ${program_OPTIONS} -fno-optimize-sibling-calls -nostdlib -r
      ${program_SOURCES} -o ${parts})
  endif()
  add_custom_command(OUTPUT ${elf}
    ${first}
    COMMAND ${compile} -flto=2 -nostdlib -Wl,--gc-sections -Wl,--no-warn-rwx-segments
      -L${port} -T ${port}/${program_BOARD}/${program_BOARD}.ld
      ${program_OPTIONS} ${port_sources} ${sources} ${parts} -lgcc -o ${elf}
    DEPENDS ${port_sources} ${sources} ${program_SOURCES} ${headers}
      ${port}/program.ld ${port}/${program_BOARD}/${program_BOARD}.ld
    COMMENT "Building ${name}.elf" VERBATIM)
  add_custom_target(${name}_elf DEPENDS ${elf})
endfunction()
