# Installs the libraries, the real headers and what find_package(hinge) reads.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/hinge")

install(TARGETS hinge hinge_predict EXPORT hingeTargets COMPONENT Development
        LIBRARY COMPONENT Runtime NAMELINK_COMPONENT Development)
install(EXPORT hingeTargets NAMESPACE hinge:: DESTINATION "${package_dir}" COMPONENT Development)

foreach(header IN LISTS HINGE_HEADERS)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES "${PROJECT_SOURCE_DIR}/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/hinge/${folder}"
          COMPONENT Development)
endforeach()
install(FILES "${HINGE_INCLUDE_DIR}/hinge/hinge.h" "${HINGE_INCLUDE_DIR}/hinge/fwd.h" "${HINGE_INCLUDE_DIR}/hinge/c.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/hinge" COMPONENT Development)
install(FILES "${HINGE_INCLUDE_DIR}/hinge/layers/activations/activations.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/hinge/layers/activations" COMPONENT Development)

configure_package_config_file(cmake/hingeConfig.cmake.in "${PROJECT_BINARY_DIR}/package/hingeConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/hingeConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/hingeConfig.cmake" "${PROJECT_BINARY_DIR}/package/hingeConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT Development)
