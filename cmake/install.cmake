# cmake --install: bin/, lib/, include/gantry/, share/doc/gantry/. The prefix may be moved afterwards.
foreach(target gantry-namesrv-program gantry-remoting gantry-logging)
  if(TARGET ${target})
    install(TARGETS ${target}
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()

# The rooms that others build on; what their headers include is among them.
install(DIRECTORY remoting access logging
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gantry
  FILES_MATCHING PATTERN "*.h"
  PATTERN precompiled.h EXCLUDE)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
