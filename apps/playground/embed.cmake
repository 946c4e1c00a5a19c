# Writes the page of the playground: a template whose marks /*STYLE*/, /*ENGINE*/ and /*SCRIPT*/ become the style sheet, the
# WebAssembly module, packed by gzip (a third) and as base64, behind the script that Emscripten makes for it, and the scripts one after the other.
#   cmake -DTEMPLATE=FILE -DSTYLE=FILE -DMODULE=SCRIPT "-DSCRIPTS=FILE;FILE" -DOUTPUT=PAGE -P embed.cmake
string(REGEX REPLACE "\\.js$" ".wasm" binary "${MODULE}")
execute_process(COMMAND gzip -9 -n -c "${binary}" COMMAND base64 -w 0 OUTPUT_VARIABLE bytes COMMAND_ERROR_IS_FATAL ANY)
file(READ "${MODULE}" module)
file(READ "${STYLE}" style)
file(READ "${TEMPLATE}" page)
set(all "")
foreach(script IN LISTS SCRIPTS)
  file(READ "${script}" text)
  string(APPEND all "${text}")
endforeach()
string(REPLACE "/*SCRIPT*/" "${all}" page "${page}")
string(REPLACE "/*ENGINE*/" "${module}\nconst engineBytes = '${bytes}';\n" page "${page}")
string(REPLACE "/*STYLE*/" "${style}" page "${page}")
file(WRITE "${OUTPUT}" "${page}")
