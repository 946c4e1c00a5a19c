// What a call throws, as text.
#pragma once

#include <string>

#include <doctest/doctest.h>

/// The message of the Error that `call` throws; fails the test when it throws nothing. Another type passes through.
template <typename Error, typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("nothing was thrown");
  return "";
}
