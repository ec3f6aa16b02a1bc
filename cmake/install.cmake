# cmake --install: bin/, lib/, include/gantry/, lib/cmake/gantry/, share/doc/gantry/. The prefix may be moved afterwards.
include(CMakePackageConfigHelpers)

install(TARGETS gantry-program gantry-broker-program gantry-namesrv-program
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Where the broker looks by itself, whatever the other libraries' directory is called.
install(TARGETS ${GANTRY_STANDARD_PLUGINS} LIBRARY DESTINATION lib/gantry/plugins)

# What a plugin is built on: find_package(gantry).
install(TARGETS gantry-access gantry-logging gantry-options gantry-plugin-api gantry-remoting
  EXPORT gantryTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
set(gantry_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gantry)
install(EXPORT gantryTargets NAMESPACE gantry:: DESTINATION ${gantry_package_dir})

string(REGEX MATCH "^[0-9]+" gantry_COMPILER "${CMAKE_CXX_COMPILER_VERSION}")
set(gantry_COMPILER "${CMAKE_CXX_COMPILER_ID} ${gantry_COMPILER}")
set(gantry_BOOST ${Boost_VERSION_STRING})
configure_package_config_file(cmake/gantryConfig.cmake.in ${CMAKE_BINARY_DIR}/gantryConfig.cmake
  INSTALL_DESTINATION ${gantry_package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/gantryConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/gantryConfig.cmake ${CMAKE_BINARY_DIR}/gantryConfigVersion.cmake
              cmake/gantry_add_plugin.cmake
  DESTINATION ${gantry_package_dir})

# The rooms that others build on; what their headers include is among them.
install(DIRECTORY remoting access logging
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gantry
  FILES_MATCHING PATTERN "*.h"
  PATTERN precompiled.h EXCLUDE)
install(DIRECTORY kernel/api
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gantry/kernel
  FILES_MATCHING PATTERN "*.h")
# Of options only how they are declared.
install(FILES options/alias.h options/host_port.h options/option.h options/schema.h options/value.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gantry/options)

install(FILES README.md CHANGELOG.md UPDATING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
