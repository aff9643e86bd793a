# SPDX-License-Identifier: Apache-2.0
# What this project gives to others is `lockarb::name`, in a build that it is part of and in the package.
include(GNUInstallDirs)

# lockarb_provide(target name set): `target` is lockarb::name. `set` is the part of the package that has it:
# Software or Platform.
function(lockarb_provide target name set)
  add_library(lockarb::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  if(LOCKARB_INSTALL)
    install(TARGETS ${target} EXPORT lockarb${set}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/lockarb OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/lockarb)
  endif()
endfunction()

# lockarb_include(target folder...): folders of this tree, at the same places in the package.
function(lockarb_include target)
  foreach(folder IN LISTS ARGN)
    target_include_directories(${target} PUBLIC
      $<BUILD_INTERFACE:${lockarb_SOURCE_DIR}/${folder}>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lockarb/${folder}>)
  endforeach()
endfunction()
