# SPDX-License-Identifier: Apache-2.0
# What the platform's libraries stand on, for this tree and for the package. Sets lockarb_missing: the Debian
# packages that are not there.
find_package(CLI11 QUIET GLOBAL)
find_package(fmt QUIET GLOBAL)
find_package(nlohmann_json QUIET GLOBAL)
find_package(Boost 1.74 CONFIG QUIET COMPONENTS context GLOBAL)
find_package(Python3 QUIET COMPONENTS Interpreter GLOBAL)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND AND NOT TARGET PkgConfig::LIBDW)
  pkg_check_modules(LIBDW QUIET IMPORTED_TARGET GLOBAL libdw)
endif()
# Debian's libsystemc-dev has no CMake package.
find_library(SYSTEMC_LIBRARY systemc)
find_path(SYSTEMC_INCLUDE_DIR systemc)
if(SYSTEMC_LIBRARY AND SYSTEMC_INCLUDE_DIR AND NOT TARGET lockarb::systemc)
  add_library(lockarb::systemc INTERFACE IMPORTED GLOBAL)
  target_include_directories(lockarb::systemc INTERFACE ${SYSTEMC_INCLUDE_DIR})
  target_link_libraries(lockarb::systemc INTERFACE ${SYSTEMC_LIBRARY})
endif()

set(lockarb_missing)
foreach(dependency
    CLI11::CLI11=libcli11-dev fmt::fmt=libfmt-dev nlohmann_json::nlohmann_json=nlohmann-json3-dev
    Boost::context=libboost-context-dev PkgConfig::LIBDW=libdw-dev Python3::Interpreter=python3
    lockarb::systemc=libsystemc-dev)
  string(REPLACE "=" ";" dependency ${dependency})
  list(GET dependency 0 target)
  list(GET dependency 1 package)
  if(NOT TARGET ${target})
    list(APPEND lockarb_missing ${package})
  endif()
endforeach()
list(JOIN lockarb_missing " " lockarb_missing)
