# Compiles every public header on its own: one source file for each, with nothing else in it.
set(header_sources)
foreach(header IN LISTS HINGE_HEADERS ITEMS hinge.h layers/activations/activations.h)
  set(source "${PROJECT_BINARY_DIR}/headers/${header}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "#include <hinge/${header}>\n" @ONLY)
  list(APPEND header_sources "${source}")
endforeach()

add_library(hinge_headers OBJECT ${header_sources})
hinge_compile_options(hinge_headers)
target_link_libraries(hinge_headers PRIVATE hinge::hinge Eigen3::Eigen)
target_compile_options(hinge_headers PRIVATE -O0)
set_target_properties(hinge_headers PROPERTIES UNITY_BUILD OFF)
