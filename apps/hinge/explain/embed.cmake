# Writes a C++ source whose function gives the bytes of a file:
#   cmake -DINPUT=FILE -DOUTPUT=SOURCE -P embed.cmake
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Made from ${INPUT}.
#include \"explain/page_template.h\"
namespace hinge_command {
static constexpr char explain_page_bytes[] = {${bytes}};
std::string_view explain_page_template() { return {explain_page_bytes, sizeof(explain_page_bytes)}; }
}
")
