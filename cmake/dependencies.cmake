# The libraries that Hinge needs: found on the system, never downloaded.

# Stops with one line that says what to install.
function(hinge_require found name apt_package)
  if(NOT found)
    message(FATAL_ERROR "Hinge needs ${name}. On Debian or Ubuntu: apt-get install ${apt_package} "
                        "(everything at once: scripts/install-dependencies)")
  endif()
endfunction()

if(HINGE_ZLIB)
  find_package(ZLIB QUIET)
  hinge_require("${ZLIB_FOUND}" "zlib (or -DHINGE_ZLIB=OFF: no .gz files)" zlib1g-dev)
elseif(HINGE_BUILD_TESTS AND NOT CMAKE_CROSSCOMPILING)  # there only those that need none
  message(FATAL_ERROR "The tests read .gz files: add -DHINGE_BUILD_TESTS=OFF to -DHINGE_ZLIB=OFF")
endif()

# Emscripten has headers of its own, beside which /usr/include must not stand: of that, only this library is shown to it.
if(EMSCRIPTEN)
  find_path(HINGE_NLOHMANN_FOLDER nlohmann/json.hpp PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH)
  hinge_require("${HINGE_NLOHMANN_FOLDER}" nlohmann_json nlohmann-json3-dev)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/system")
  file(CREATE_LINK "${HINGE_NLOHMANN_FOLDER}/nlohmann" "${PROJECT_BINARY_DIR}/system/nlohmann" SYMBOLIC)
  add_library(nlohmann_json INTERFACE)
  add_library(nlohmann_json::nlohmann_json ALIAS nlohmann_json)
  target_include_directories(nlohmann_json SYSTEM INTERFACE "${PROJECT_BINARY_DIR}/system")
else()
  find_package(nlohmann_json CONFIG QUIET)
  hinge_require("${nlohmann_json_FOUND}" nlohmann_json nlohmann-json3-dev)
endif()

if(HINGE_MPI)
  if(NOT HINGE_THREADS)
    message(FATAL_ERROR "Ranks need threads: leave out -DHINGE_THREADS=OFF or -DHINGE_MPI=ON")
  endif()
  find_package(MPI QUIET COMPONENTS CXX)
  hinge_require("${MPI_CXX_FOUND}" "MPI (or -DHINGE_MPI=OFF)" libopenmpi-dev)
endif()

if(HINGE_THREADS)
  find_package(Threads REQUIRED)
elseif(HINGE_BUILD_TESTS)
  message(FATAL_ERROR "The tests need threads: add -DHINGE_BUILD_TESTS=OFF to -DHINGE_THREADS=OFF")
endif()

# Of Eigen only the bridge to it, core/eigen.h, which the library itself does not include.
# Without a version: Eigen 3.4.0 refuses to be asked for a range, and Eigen 5 to be asked for 3.4.
if(HINGE_BUILD_TESTS OR HINGE_BUILD_EXAMPLES OR HINGE_CHECK_HEADERS)
  find_package(Eigen3 CONFIG QUIET)
  if(Eigen3_FOUND AND Eigen3_VERSION VERSION_LESS 3.4)
    message(FATAL_ERROR "Hinge needs Eigen 3.4 or later, found ${Eigen3_VERSION} in ${Eigen3_DIR}")
  endif()
endif()

if(HINGE_BUILD_TESTS)
  hinge_require("${Eigen3_FOUND}" "Eigen 3.4 or later (or -DHINGE_BUILD_TESTS=OFF)" libeigen3-dev)
  find_package(doctest CONFIG QUIET)
  hinge_require("${doctest_FOUND}" "doctest (or -DHINGE_BUILD_TESTS=OFF)" doctest-dev)
endif()
