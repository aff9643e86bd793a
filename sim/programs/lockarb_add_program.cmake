# SPDX-License-Identifier: Apache-2.0
# lockarb_add_program(name SOURCES a.c b.c): a simulation of code written to wdm.h, in C or C++, with the
# options of `lockarb run`. DriverEntry() is its first thread, on core 0.
#
# The code may come from elsewhere: which warnings it gets, and which standard of C or C++, is for its
# owner to say, with target_compile_options() and the target's properties.
#
# Used by this tree and by the package (README.md, "Take it into your own project").
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/../soc/programs.cmake)
  include(${CMAKE_CURRENT_LIST_DIR}/../soc/programs.cmake)
endif()

function(lockarb_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES")
  if(NOT program_SOURCES)
    message(FATAL_ERROR
      "lockarb_add_program(${name}): no sources; add SOURCES and the program's .c or .cpp files")
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  foreach(language C CXX)
    if(NOT language IN_LIST languages)
      message(FATAL_ERROR "lockarb_add_program(${name}): it is C and C++ that is compiled, and ${language} is "
        "not enabled; write project(... LANGUAGES C CXX)")
    endif()
  endforeach()
  # Out of the program's own folder, where its headers may have any name.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.program)
  # Where arbiters of other sizes are made (sim/model/model_on_demand.h): from the package into the user's
  # cache, or from the source that this is a part of into its build.
  cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..)
  set(cache)
  if(lockarb_BINARY_DIR)
    set(cache ${lockarb_BINARY_DIR}/arbiters)
  endif()
  set(sources)
  foreach(source IN LISTS program_SOURCES)
    if(IS_ABSOLUTE ${source} OR source MATCHES "^\\$<")
      list(APPEND sources ${source})
    elseif(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    else()
      list(APPEND sources ${CMAKE_CURRENT_BINARY_DIR}/${source})
    endif()
  endforeach()
  # For RISC-V cores (--machine riscv) it is built when a run asks for it; name.elf is there when it was.
  set(elf)
  set(other_languages ${program_SOURCES})
  list(FILTER other_languages EXCLUDE REGEX "\\.c$")
  if(LOCKARB_RISCV_GCC AND NOT other_languages)
    set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
    # Warnings are for the program's owner, who sees them on the host.
    lockarb_add_soc_program(${name} TELLING SOURCES ${sources} OPTIONS -Wno-error)
  endif()
  file(CONFIGURE OUTPUT ${folder}/name.c @ONLY CONTENT
"const char lockarb_program_name[] = \"@name@\";
const char lockarb_program_root[] = \"@root@\";
const char lockarb_program_cache[] = \"@cache@\";
const char lockarb_program_elf[] = \"@elf@\";
const char lockarb_program_build[] = \"@CMAKE_BINARY_DIR@\";
")

  add_executable(${name} ${program_SOURCES} ${folder}/name.c ${folder}/spellings.stamp)
  # -fshort-wchar: L"..." is what WCHAR and PWSTR are, 16 bits a character. It may be linked with code of the
  # host's 32 bits, as no interface of the platform has a wchar_t; the linker of x86 does not even look,
  # that of Arm is told. -fms-extensions: a structure without a name, of a type that has one. Tags of the
  # pool are 'kcoL'; in C the headers say that they mean no harm, gcc does not listen to that in C++.
  target_compile_options(${name} PRIVATE -fshort-wchar
    $<IF:$<COMPILE_LANGUAGE:C>,-fms-extensions,-Wno-multichar>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^arm")
    target_link_options(${name} PRIVATE LINKER:--no-wchar-size-warning)
  endif()
  # As in our own tree, where the project that it is for says nothing.
  if(NOT DEFINED CMAKE_C_STANDARD)
    set_target_properties(${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
  endif()
  if(NOT DEFINED CMAKE_CXX_STANDARD)
    set_target_properties(${name} PROPERTIES CXX_STANDARD 17 CXX_EXTENSIONS OFF)
  endif()
  target_link_libraries(${name} PRIVATE lockarb::line_numbers lockarb::platform)
  target_sources(${name} PRIVATE $<TARGET_OBJECTS:lockarb::program_main>)

  # Headers by any spelling. Last of all folders, so it never hides a header.
  set(spellings_tool ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/header_spellings.py)
  set(spellings ${folder}/spellings/1/2/3/4/5/6/7/8)
  target_compile_options(${name} PRIVATE "SHELL:-idirafter ${spellings}")
  add_custom_command(OUTPUT ${folder}/spellings.stamp
    COMMAND Python3::Interpreter ${spellings_tool} ${spellings}
      ${folder}/spellings.stamp ${folder}/spellings.d --source ${sources}
      --include $<TARGET_PROPERTY:${name},INCLUDE_DIRECTORIES>
      --system ${CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES}
    DEPENDS ${sources} ${spellings_tool}
    DEPFILE ${folder}/spellings.d
    COMMENT "Finding the headers of ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()
