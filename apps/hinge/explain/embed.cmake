# Writes a C++ source whose function FUNCTION gives the bytes of a file:
#   cmake -DINPUT=FILE -DOUTPUT=SOURCE -DFUNCTION=NAME -P embed.cmake
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Made from ${INPUT}.
#include \"explain/page_template.h\"
namespace hinge_command {
static constexpr char ${FUNCTION}_bytes[] = {${bytes}};
std::string_view ${FUNCTION}() { return {${FUNCTION}_bytes, sizeof(${FUNCTION}_bytes)}; }
}
")
