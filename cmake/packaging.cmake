# What an installation has beside the library: hinge.pc, the manual, completions, documents, examples; and packages of all that, by
# cpack: a .deb and a .tar.gz.
file(RELATIVE_PATH HINGE_PREFIX_FROM_PC "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" HINGE_PREFIX_FROM_PC "${HINGE_PREFIX_FROM_PC}")
if(NOT BUILD_SHARED_LIBS)  # who links the static library links what that needs
  set(HINGE_PC_LIBS "-Wl,--exclude-libs,libhinge.a -lstdc++ -lm")
  if(HINGE_ZLIB)
    string(APPEND HINGE_PC_LIBS " -lz")
  endif()
  if(HINGE_THREADS)
    string(APPEND HINGE_PC_LIBS " -pthread")
  endif()
endif()
configure_file(cmake/hinge.pc.in "${PROJECT_BINARY_DIR}/package/hinge.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/hinge.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT Development)

install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT Documentation)
install(DIRECTORY docs configs DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT Documentation)
install(DIRECTORY apps/examples/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT Documentation
        FILES_MATCHING PATTERN "*.cpp" PATTERN "*.c")

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_CONTACT "The Hinge developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(DPKG_SHLIBDEPS)
if(DPKG_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
