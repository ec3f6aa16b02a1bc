# cmake --install: bin/, lib/, include/gantry/, share/doc/gantry/. The prefix may be moved afterwards.
install(TARGETS gantry-broker-program gantry-namesrv-program gantry-remoting gantry-logging gantry-options gantry-plugin-api
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The rooms that others build on; what their headers include is among them.
install(DIRECTORY remoting access logging
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gantry
  FILES_MATCHING PATTERN "*.h"
  PATTERN precompiled.h EXCLUDE)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
