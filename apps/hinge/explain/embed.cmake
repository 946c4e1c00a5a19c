# Writes a C++ source whose function FUNCTION gives the bytes of a page, with the file SCRIPT, if there is one, in the place of
# /*SCRIPT*/:
#   cmake -DINPUT=FILE [-DSCRIPT=FILE] -DOUTPUT=SOURCE -DFUNCTION=NAME -P embed.cmake
file(READ "${INPUT}" bytes HEX)
if(SCRIPT)
  file(READ "${SCRIPT}" script HEX)
  string(HEX "/*SCRIPT*/" place)
  string(REPLACE "${place}" "${script}" bytes "${bytes}")
endif()
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Made from ${INPUT}.
#include \"explain/page_template.h\"
namespace hinge_command {
static constexpr char ${FUNCTION}_bytes[] = {${bytes}};
std::string_view ${FUNCTION}() { return {${FUNCTION}_bytes, sizeof(${FUNCTION}_bytes)}; }
}
")
