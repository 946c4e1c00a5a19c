# hinge_compile_options(target): how Hinge compiles its own code, library, tests and programs alike.
#
# Never any -march: fast code is core/kernels, compiled for each instruction set apart and chosen at run time, so that the
# binary runs everywhere.
function(hinge_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)

  # -ffp-contract=off: no multiply-add unless we write one, so that every compiler and processor computes the same bits.
  # The other two say that nobody reads errno or floating-point traps: loops vectorise, and no value changes.
  target_compile_options(${target} PRIVATE -ffp-contract=off -fno-math-errno -fno-trapping-math)

  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
    if(EMSCRIPTEN)  # its std::size_t has 32 bits: counts of 64 that go into one come from numbers that fit
      target_compile_options(${target} PRIVATE -Wno-shorten-64-to-32)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      # GCC 12 sees overlapping copies in "text" + std::string at -O3 where there are none (its bug 105651).
      target_compile_options(${target} PRIVATE -Wno-restrict)
      if(CMAKE_UNITY_BUILD)  # takes a source that is included for a header
        target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
        # And stops inlining where the whole of a source has grown by 40 %: reading tables took 10 % more instructions.
        target_compile_options(${target} PRIVATE --param=inline-unit-growth=100)
      endif()
    endif()
  endif()
  if(HINGE_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
