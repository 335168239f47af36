# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# calltap_warnings: link it PRIVATE to every target of ours. Both gcc 12 and clang 14 are clean under it.
# Left out on purpose: -Wconversion. Encoders and decoders narrow on every line, and the casts that silence it hide
# the one that is wrong; lengths that come from a file are checked by tests and fuzzing instead.
add_library(calltap_warnings INTERFACE)

set(common -Wall -Wextra -Wundef -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2)
set(only_c -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wimplicit-fallthrough)
# No -Wshadow: it also means a constructor's parameter that is named like the member it is for, which is usual in C++.
set(only_cxx -Wnon-virtual-dtor -Wimplicit-fallthrough)
if(CALLTAP_WERROR)
  list(APPEND common -Werror)
endif()

target_compile_options(calltap_warnings INTERFACE
  "$<$<COMPILE_LANGUAGE:C,CXX>:${common}>"
  "$<$<COMPILE_LANGUAGE:C>:${only_c}>"
  "$<$<COMPILE_LANGUAGE:CXX>:${only_cxx}>")
