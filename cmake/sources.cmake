# Every file of the library, relative to the root of the project.
set(HINGE_HEADERS
  core/abi.h
  core/batch.h
  core/eigen.h
  core/error.h
  core/file.h
  core/fwd.h
  core/math.h
  core/matrix.h
  core/number.h
  core/options.h
  core/preprocessing.h
  core/random.h
  core/spec.h
  core/text.h)

set(HINGE_SOURCES
  core/file.cpp
  core/number.cpp
  core/options.cpp
  core/preprocessing.cpp
  core/random.cpp
  core/text.cpp)
