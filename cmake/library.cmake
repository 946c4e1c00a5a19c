# The library: static, or shared with BUILD_SHARED_LIBS.

# hinge_library_options(target shown): how a library of ours is found, here and installed, and which of its symbols a shared one
# shows, as a version script says it.
function(hinge_library_options target shown)
  hinge_compile_options(${target})
  target_compile_definitions(${target} PRIVATE "HINGE_VERSION=\"${PROJECT_VERSION}\"")
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${HINGE_INCLUDE_DIR}>"
                                              "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  if(NOT EMSCRIPTEN)  # WebAssembly has no shared library; each access to data would take a look-up more
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endif()
  # What a plugin links statically stays inside: else it would share symbols with another Hinge in the process, and could not be
  # unloaded. A shared library gives its symbols a version, so that two versions can be in one process.
  get_target_property(library_type ${target} TYPE)
  if(CMAKE_SYSTEM_NAME STREQUAL Linux AND library_type STREQUAL STATIC_LIBRARY)
    target_link_options(${target} INTERFACE "LINKER:--exclude-libs,lib${target}.a")
  elseif(CMAKE_SYSTEM_NAME STREQUAL Linux AND library_type STREQUAL SHARED_LIBRARY)
    set(version_script "${PROJECT_BINARY_DIR}/${target}_version.map")
    file(CONFIGURE OUTPUT "${version_script}"
         CONTENT "HINGE_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} { ${shown} };\n")
    target_link_options(${target} PRIVATE "LINKER:--version-script=${version_script}")
  endif()
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    DEFINE_SYMBOL ""  # static and shared, the objects are the same
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

add_library(hinge ${HINGE_SOURCES})
add_library(hinge::hinge ALIAS hinge)
hinge_library_options(hinge "global: *;")

# nlohmann_json is headers only and no part of our own headers: who links an installed Hinge does not need it.
target_link_libraries(hinge PRIVATE "$<BUILD_INTERFACE:nlohmann_json::nlohmann_json>")
if(HINGE_ZLIB)
  target_link_libraries(hinge PRIVATE ZLIB::ZLIB)
else()
  set_source_files_properties(core/io/file.cpp PROPERTIES COMPILE_DEFINITIONS HINGE_WITHOUT_ZLIB)
endif()
if(HINGE_MPI)
  target_link_libraries(hinge PRIVATE MPI::MPI_CXX)
endif()
if(HINGE_THREADS)
  target_link_libraries(hinge PRIVATE Threads::Threads)
else()
  set_source_files_properties(core/threads.cpp PROPERTIES COMPILE_DEFINITIONS HINGE_WITHOUT_THREADS)
endif()
