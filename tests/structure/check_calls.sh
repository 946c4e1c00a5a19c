#!/usr/bin/env bash
# The library leaves the process to the program that it is part of: it never prints, exits, aborts, or changes the locale or
# the handling of signals; numbers are read and written without a locale. core/portable_number.cpp serves WebAssembly, whose C library
# has one locale.
#
#   check_calls.sh ROOT
set -euo pipefail
cd "$1"

calls='printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|fputc|fwrite|perror|exit|_Exit|_exit|quick_exit|abort|terminate'
calls+='|raise|kill|setlocale|uselocale|imbue|signal|sigaction|sigprocmask|system|popen|strtod|strtof|atof|stod|stof|sscanf'
streams='std::(cout|cerr|clog|locale)\b|<iostream>|<locale>|<clocale>|<csignal>'
found=$(find core data layers optim -name '*.h' -o -name '*.cpp' | xargs grep -nE "(^|[^A-Za-z0-9_.>])(std::|::)?($calls)\(|$streams" |
  grep -vE '^[^:]+:[0-9]+: *//|^core/portable_number\.cpp:[0-9]+:.*strtod' || true)
[[ -z $found ]] && exit 0
echo "The library must not call:"
echo "$found"
exit 1
