# Headers stand beside their sources, core/text.h, and are included as <hinge/core/text.h>. In the build tree a one-line
# file of that name includes the real one; an installation has the real ones. Files are rewritten only when they change.

# hinge_forward_headers(folder header…) makes folder/hinge/core/text.h for core/text.h.
function(hinge_forward_headers folder)
  foreach(header IN LISTS ARGN)
    file(CONFIGURE OUTPUT "${folder}/hinge/${header}" CONTENT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n" @ONLY)
  endforeach()
endfunction()

set(HINGE_INCLUDE_DIR "${PROJECT_BINARY_DIR}/include")
hinge_forward_headers("${HINGE_INCLUDE_DIR}" ${HINGE_HEADERS} ${HINGE_INTERNAL_HEADERS})

# hinge_umbrella_header(path text header…) makes <hinge/path>, which includes the headers.
function(hinge_umbrella_header path text)
  list(TRANSFORM ARGN REPLACE "(.+)" "#include <hinge/\\1>\n" OUTPUT_VARIABLE lines)
  list(JOIN lines "" lines)
  file(CONFIGURE OUTPUT "${HINGE_INCLUDE_DIR}/hinge/${path}" CONTENT "// ${text}\n#pragma once\n\n${lines}" @ONLY)
endfunction()

# <hinge/hinge.h> includes every public header but those apart (sources.cmake).
set(umbrella_headers ${HINGE_HEADERS})
list(REMOVE_ITEM umbrella_headers ${HINGE_HEADERS_APART})
hinge_umbrella_header(hinge.h "All of Hinge." ${umbrella_headers})

set(activation_headers ${HINGE_HEADERS})
list(FILTER activation_headers INCLUDE REGEX "^layers/activations/")
hinge_umbrella_header(layers/activations/activations.h "Every activation that Hinge brings." ${activation_headers})

# <hinge/fwd.h> and <hinge/c.h> are short for those in core and layers.
file(CONFIGURE OUTPUT "${HINGE_INCLUDE_DIR}/hinge/fwd.h" @ONLY
     CONTENT "// Forward declarations of Hinge.\n#pragma once\n\n#include <hinge/core/fwd.h>\n")
file(CONFIGURE OUTPUT "${HINGE_INCLUDE_DIR}/hinge/c.h" @ONLY
     CONTENT "/* Models for C. */\n#pragma once\n\n#include <hinge/layers/c.h>\n")
