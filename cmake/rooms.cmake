# gantry_room(NAME SOURCES ... LINK ...)
#
# A room is a folder of the design (docs/design.md §2) and one library of the same name. Its headers
# are included by their path from the repository's root: #include "remoting/frame.h".
function(gantry_room name)
  cmake_parse_arguments(ARG "SHARED" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  if(ARG_SHARED)
    add_library(gantry-${name} SHARED ${ARG_SOURCES})
  else()
    add_library(gantry-${name} STATIC ${ARG_SOURCES})
  endif()
  add_library(gantry::${name} ALIAS gantry-${name})
  target_include_directories(gantry-${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/gantry>)
  target_link_libraries(gantry-${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# gantry_tests(ROOM [KIND integration] SOURCES ... LINK ...)
#
# One test program per room: unit-<room>, or integration-<what>. A unit test mirrors the source file it is about.
function(gantry_tests room)
  cmake_parse_arguments(ARG "" "KIND" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_KIND)
    set(ARG_KIND unit)
  endif()
  set(program ${ARG_KIND}-${room})
  add_executable(${program} ${ARG_SOURCES})
  target_link_libraries(${program} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main ${RAPIDCHECK_LIBRARY})
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR})
  add_test(NAME ${program} COMMAND ${program})
endfunction()

# gantry_script_test(NAME SCRIPT ARGUMENTS...)
#
# A test in Python: unittest, or a script whose last line is `N passed, N failed`. NAME is unit-... or integration-...
function(gantry_script_test name script)
  add_test(NAME ${name} COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARGN})
endfunction()
