# SPDX-License-Identifier: Apache-2.0
# What the built-in models (sim/CMakeLists.txt) and those that are built on demand have in common.

# The arguments of lockarb_verilate() that a run may choose (sim/model/arbiter_sizes.cpp).
set(LOCKARB_SIZES CORES THREADS LOCKS HOLD_WIDTH STATISTICS CHECK_USER)

# lockarb_model_sources(files hash): what a model on demand is made from, below this tree or share/lockarb.
function(lockarb_model_sources files hash)
  cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..)
  file(STRINGS ${root}/rtl/lockarb.f rtl)
  file(STRINGS ${root}/rtl/lockarb_board.f board)
  list(APPEND rtl ${board})
  list(TRANSFORM rtl PREPEND rtl/)
  set(paths ${rtl}
    rtl/lockarb.f rtl/lockarb.vlt rtl/lockarb_board.f rtl/lockarb_regs.vh rtl/lockarb_verilate.cmake
    rtl/views/lockarb_names.vh rtl/views/lockarb_view.v rtl/views/lockarb_view.vh
    sim/model/arbiter_model.h sim/model/models.cmake sim/model/units.h sim/model/verilated_arbiter.h
    sim/model/verilated_rams.h sim/model/on_demand/CMakeLists.txt sim/model/on_demand/new_arbiter.cpp
    sim/observe/fst_files.cpp sim/observe/fst_files.h sim/observe/fst_redirect.h sim/observe/output_file.h
    sim/reference/ram.h)
  set(hashes)
  foreach(path IN LISTS paths)
    file(SHA256 ${root}/${path} one)
    string(APPEND hashes "${path} ${one}\n")
  endforeach()
  string(SHA256 all "${hashes}")
  set(${files} ${paths} PARENT_SCOPE)
  set(${hash} ${all} PARENT_SCOPE)
endfunction()

# lockarb_check_fst(target): the FST writer that Verilator brings along writes by sim/observe/fst_files.h. It
# is compiled into each Verilated library. Whoever links that has fst_files.cpp.
function(lockarb_check_fst target)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "/verilated_fst_c\\.cpp$")
  if(NOT sources)
    message(FATAL_ERROR "${target}: this Verilator has no verilated_fst_c.cpp; its FST writer would not "
      "notice a full disk. Adapt lockarb_check_fst() in ${CMAKE_CURRENT_FUNCTION_LIST_FILE}")
  endif()
  cmake_path(SET redirect NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../observe/fst_redirect.h)
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "-include;${redirect}")
endfunction()
