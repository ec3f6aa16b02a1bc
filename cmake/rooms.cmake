# Sources of rooms and tests are compiled several at a time, because most of what one costs they have in common: with
# -DGANTRY_MERGE=OFF, as in preset release, each by itself. ALONE names those that always are, because a name that is only
# theirs is another one's, too. A template that fits better than what another source means is taken in silence.
function(_gantry_merge target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${GANTRY_MERGE} UNITY_BUILD_BATCH_SIZE 8)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# gantry_room(NAME SOURCES ... LINK ... [ALONE ...])
#
# A room is a folder of the design (docs/design.md §2) and one library of the same name. Its headers
# are included by their path from the repository's root: #include "remoting/frame.h".
function(gantry_room name)
  cmake_parse_arguments(ARG "SHARED" "" "SOURCES;LINK;PRIVATE_LINK;ALONE" ${ARGN})
  if(ARG_SHARED)
    add_library(gantry-${name} SHARED ${ARG_SOURCES})
  else()
    add_library(gantry-${name} STATIC ${ARG_SOURCES})
  endif()
  add_library(gantry::${name} ALIAS gantry-${name})
  set_target_properties(gantry-${name} PROPERTIES EXPORT_NAME ${name})  # find_package(gantry) says gantry::<name> too
  target_include_directories(gantry-${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/gantry>)
  target_compile_features(gantry-${name} PUBLIC cxx_std_20)
  _gantry_merge(gantry-${name} ${ARG_ALONE})
  target_link_libraries(gantry-${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# gantry_tests(ROOM [KIND integration] SOURCES ... [CONCURRENT ...] LINK ... [ALONE ...])
#
# One test program per room: unit-<room>, or integration-<what>. A unit test mirrors the source file it is about.
# CONCURRENT: the sources with tests that run more than one thread, and what these are linked with. They are all that a
# ThreadSanitizer build has: in what a single thread does it would find nothing.
# STANDALONE: of a room that does not know remoting.
function(gantry_tests room)
  cmake_parse_arguments(ARG "STANDALONE" "KIND" "SOURCES;CONCURRENT;LINK;ALONE" ${ARGN})
  if(GANTRY_SANITIZE STREQUAL "thread" AND ARG_CONCURRENT)
    set(ARG_SOURCES)
  endif()
  if(NOT ARG_KIND)
    set(ARG_KIND unit)
  endif()
  set(program ${ARG_KIND}-${room})
  add_executable(${program} ${ARG_SOURCES} ${ARG_CONCURRENT})
  target_link_libraries(${program} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main ${RAPIDCHECK_LIBRARY})
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR})
  _gantry_merge(${program} ${ARG_ALONE})
  if(NOT ARG_STANDALONE)
    # GoogleTest, rapidcheck and Asio are most of what a test source costs to compile: once for all of them.
    if(NOT TARGET tests-precompiled)
      # A program, because a library is compiled with other flags than programs are.
      file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/tests-precompiled.cpp CONTENT "int main() {}\n")
      add_executable(tests-precompiled ${CMAKE_BINARY_DIR}/tests-precompiled.cpp)
      target_link_libraries(tests-precompiled PRIVATE gantry::remoting GTest::gmock)
      target_precompile_headers(tests-precompiled PRIVATE ${PROJECT_SOURCE_DIR}/tests/precompiled.h)
    endif()
    # The same flags as the precompiled header, or it could not be used.
    target_link_libraries(${program} PRIVATE gantry::remoting)
    target_precompile_headers(${program} REUSE_FROM tests-precompiled)
  endif()
  add_test(NAME ${program} COMMAND ${program})
endfunction()

# gantry_script_test(NAME SCRIPT ARGUMENTS...)
#
# A test in Python: unittest, or a script whose last line is `N passed, N failed`. NAME is unit-... or integration-...
function(gantry_script_test name script)
  add_test(NAME ${name} COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARGN})
endfunction()
