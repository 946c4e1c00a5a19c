# The library: static, or shared with BUILD_SHARED_LIBS.
add_library(hinge ${HINGE_SOURCES})
add_library(hinge::hinge ALIAS hinge)

hinge_compile_options(hinge)
target_compile_definitions(hinge PRIVATE "HINGE_VERSION=\"${PROJECT_VERSION}\"")
target_include_directories(hinge PUBLIC "$<BUILD_INTERFACE:${HINGE_INCLUDE_DIR}>"
                                        "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
# nlohmann_json is headers only and no part of our own headers: who links an installed Hinge does not need it.
target_link_libraries(hinge PRIVATE "$<BUILD_INTERFACE:nlohmann_json::nlohmann_json>")
if(HINGE_ZLIB)
  target_link_libraries(hinge PRIVATE ZLIB::ZLIB)
else()
  set_source_files_properties(core/io/file.cpp PROPERTIES COMPILE_DEFINITIONS HINGE_WITHOUT_ZLIB)
endif()
if(HINGE_THREADS)
  target_link_libraries(hinge PRIVATE Threads::Threads)
else()
  set_source_files_properties(core/threads.cpp PROPERTIES COMPILE_DEFINITIONS HINGE_WITHOUT_THREADS)
endif()
if(NOT EMSCRIPTEN)  # WebAssembly has no shared library; each access to data would take a look-up more
  set_target_properties(hinge PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()
set_target_properties(hinge PROPERTIES
  CXX_VISIBILITY_PRESET hidden
  VISIBILITY_INLINES_HIDDEN ON
  DEFINE_SYMBOL ""  # static and shared, the objects are the same
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
