# SPDX-License-Identifier: Apache-2.0
# Verilated models of the RTL, for this tree and for whoever takes the package (README.md, "Take it into your
# own project"). Below this folder, in the tree and installed, lies all that it reads.

# Debian's package lies where CMake does not look.
find_package(verilator 5.006 QUIET HINTS /usr/share/verilator)

# lockarb_verilate(target PREFIX Vname CORES n THREADS n LOCKS n [HOLD_WIDTH n] [CHECK_USER n]
#                  [STATISTICS n] [PARITY n] [RAM_STAGE n] [TRACE NONE|FST|VCD]): a static library with the
# Verilated model of these sizes. A model writes one kind of trace; who wants both makes two models.
function(lockarb_verilate target)
  cmake_parse_arguments(PARSE_ARGV 1 model ""
    "PREFIX;CORES;THREADS;LOCKS;HOLD_WIDTH;CHECK_USER;STATISTICS;PARITY;RAM_STAGE;TRACE" "")
  if(model_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "lockarb_verilate(${target}): unknown argument ${model_UNPARSED_ARGUMENTS}")
  endif()
  foreach(name PREFIX CORES THREADS LOCKS)
    if(NOT DEFINED model_${name})
      message(FATAL_ERROR "lockarb_verilate(${target}): no ${name}; add ${name} and its value")
    endif()
  endforeach()
  set(arguments)
  foreach(name CORES THREADS LOCKS HOLD_WIDTH CHECK_USER STATISTICS PARITY RAM_STAGE)
    if(DEFINED model_${name})
      lockarb_parameter_range(${name} parameter least most)
      if(NOT model_${name} MATCHES "^[0-9]+$" OR model_${name} LESS least OR model_${name} GREATER most)
        message(FATAL_ERROR
          "lockarb_verilate(${target}): ${name} ${model_${name}}: it is a number from ${least} to ${most}")
      endif()
      list(APPEND arguments -G${parameter}=${model_${name}})
    endif()
  endforeach()
  set(trace)
  if(NOT DEFINED model_TRACE OR model_TRACE STREQUAL NONE)
  elseif(model_TRACE STREQUAL FST)
    set(trace TRACE_FST)
  elseif(model_TRACE STREQUAL VCD)
    set(trace TRACE)
  else()
    message(FATAL_ERROR "lockarb_verilate(${target}): TRACE ${model_TRACE}: it is NONE, FST or VCD")
  endif()
  lockarb_verilate_module(${target} lockarb ${model_PREFIX} "${trace}" ${arguments})
endfunction()

# lockarb_parameter_range(CORES parameter least most): the parameter of that name, and the range that lockarb.v
# enforces.
function(lockarb_parameter_range name parameter least most)
  set(names CORES THREADS LOCKS HOLD_WIDTH CHECK_USER STATISTICS PARITY RAM_STAGE)
  set(parameters NumCores NumThreads NumLocks HoldWidth CheckUser Statistics Parity RamStage)
  list(FIND names ${name} place)
  list(GET parameters ${place} found)
  set(top ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/lockarb.v)
  file(STRINGS ${top} range REGEX "${found}_must_be_[0-9]+_(to|or)_[0-9]+ ")
  if(NOT range MATCHES "_must_be_([0-9]+)_(to|or)_([0-9]+) ")
    message(FATAL_ERROR "${top} has no ${found}_must_be_A_to_B; adapt lockarb_parameter_range()")
  endif()
  set(${parameter} ${found} PARENT_SCOPE)
  set(${least} ${CMAKE_MATCH_1} PARENT_SCOPE)
  set(${most} ${CMAKE_MATCH_3} PARENT_SCOPE)
endfunction()

# lockarb_verilate_module(target module Vname trace [-G...]): the same for any module of rtl/.
function(lockarb_verilate_module target module prefix trace)
  set(rtl ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  file(STRINGS ${rtl}/lockarb.f files)
  file(STRINGS ${rtl}/lockarb_board.f board_files)
  list(APPEND files ${board_files})
  list(TRANSFORM files PREPEND ${rtl}/)
  lockarb_verilate_files(${target} ${module} ${prefix} "${trace}" "${rtl}/lockarb.vlt;${files}" ${ARGN})
endfunction()

# lockarb_verilate_files(target module Vname trace files [argument...]): the same for other files.
function(lockarb_verilate_files target module prefix trace files)
  if(NOT COMMAND verilate)
    set(found none)
    if(verilator_CONSIDERED_VERSIONS)
      set(found ${verilator_CONSIDERED_VERSIONS})
    endif()
    message(FATAL_ERROR "${target} needs Verilator 5.006 or later, found: ${found}. "
      "apt-get install verilator, or set verilator_DIR")
  endif()
  set(rtl ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  add_library(${target} STATIC)
  # Verilator's own makefile would compile with -Os, and -O3 in the compile flags would not help.
  set(optimization -O3)
  # A waveform shows names.
  if(trace)
    list(APPEND files ${rtl}/views/lockarb_view.v)
    list(APPEND ARGN +define+LOCKARB_VIEW)
  endif()
  # tests/rtl sets it for `make coverage`: the source that writes down what was reached.
  if(LOCKARB_RTL_COVERAGE)
    list(APPEND trace COVERAGE)
    # With its counters a module is too large to be inlined, and sim/model/verilated_rams.h would miss the
    # RAMs.
    list(APPEND ARGN --flatten)
    # Counters are much code, which runs once.
    set(optimization -O1)
    target_compile_definitions(${target} INTERFACE LOCKARB_RTL_COVERAGE)
    target_sources(${target} INTERFACE ${LOCKARB_RTL_COVERAGE})
  endif()
  # A Verilator that nobody has tried it with may warn of more; that is for us to see.
  if(NOT lockarb_IS_TOP_LEVEL)
    list(APPEND ARGN -Wno-fatal)
  endif()
  verilate(${target}
    TOP_MODULE ${module} PREFIX ${prefix} ${trace}
    SOURCES ${files}
    INCLUDE_DIRS ${rtl} ${rtl}/views
    VERILATOR_ARGS -Wall ${ARGN}
    OPT_FAST ${optimization} OPT_GLOBAL ${optimization})
  # Verilator's headers are not ours to warn about.
  get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
  target_include_directories(${target} SYSTEM INTERFACE ${includes})
endfunction()
