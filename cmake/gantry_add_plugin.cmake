# gantry_add_plugin(NAME file.cpp ...)
#
# A plugin for gantry-broker: the target NAME, which becomes libNAME.so. It sees kernel/api/, remoting/ and access/ and is
# linked to nothing but them; what else it needs goes on as usual, with target_link_libraries(NAME PRIVATE ...).
# find_package(gantry) brings this file, and gantry's own plugins are built with it.
function(gantry_add_plugin name)
  if(NOT name MATCHES "^[a-z][a-z0-9-]*$")
    message(FATAL_ERROR "gantry_add_plugin: \"${name}\" is no name for a plugin. It has to be the one that the plugin's "
                        "describe() tells: lower case letters, digits and dashes, a letter first.")
  endif()
  if(NOT ARGN)
    message(FATAL_ERROR "gantry_add_plugin: ${name} has no sources. Name them behind it: gantry_add_plugin(${name} ${name}.cpp)")
  endif()
  _gantry_warn_of_another_toolchain(${name})

  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE gantry::plugin-api)
  # Nothing of the plugin is seen from outside but what GANTRY_PLUGIN exports: two plugins may use the same names.
  set_target_properties(${name} PROPERTIES
    PREFIX lib SUFFIX .so
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_link_options(${name} PRIVATE -Wl,--as-needed)
  # A name that nobody has is found now, not when a broker starts. A sanitizer's run-time comes with the program only.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${GANTRY_SANITIZE}")
  if(NOT GANTRY_SANITIZE AND NOT flags MATCHES "-fsanitize=")
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()

# The broker refuses a plugin of another tool chain; who builds one should not have to wait for that.
function(_gantry_warn_of_another_toolchain name)
  string(REGEX MATCH "^[0-9]+" major "${CMAKE_CXX_COMPILER_VERSION}")
  set(compiler "${CMAKE_CXX_COMPILER_ID} ${major}")
  if(DEFINED gantry_COMPILER AND NOT compiler STREQUAL gantry_COMPILER)
    message(WARNING "gantry_add_plugin: the broker will not load ${name}: gantry ${gantry_VERSION} was built with "
                    "${gantry_COMPILER}, and this is ${compiler}. Choose that compiler with -DCMAKE_CXX_COMPILER=...")
  endif()
  if(DEFINED gantry_BOOST AND DEFINED Boost_VERSION_STRING AND NOT Boost_VERSION_STRING STREQUAL gantry_BOOST)
    message(WARNING "gantry_add_plugin: the broker will not load ${name}: gantry ${gantry_VERSION} was built with "
                    "Boost ${gantry_BOOST}, and this is Boost ${Boost_VERSION_STRING}. Choose it with -DBoost_ROOT=...")
  endif()
endfunction()
