# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# calltap_sanitize(TARGET) compiles and links one target with the sanitizer that CALLTAP_SANITIZE names, and with
# coverage counters if CALLTAP_COVERAGE is on. It does nothing otherwise, so every target that can bear it calls it.
#
# It is a function and not a global flag because the runtime's hot path runs where no sanitizer may: in the middle of
# a function, before the call frame exists, and before the sanitizer's own start. rt/CMakeLists.txt decides for itself.
set(calltap_sanitizers "" address thread)
if(NOT CALLTAP_SANITIZE IN_LIST calltap_sanitizers)
  message(FATAL_ERROR "CALLTAP_SANITIZE is '${CALLTAP_SANITIZE}'; it may be empty, address or thread")
endif()

function(calltap_sanitize target)
  set(flags "")
  if(CALLTAP_SANITIZE STREQUAL "address")
    set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  elseif(CALLTAP_SANITIZE STREQUAL "thread")
    set(flags -fsanitize=thread -fno-omit-frame-pointer)
  endif()
  if(CALLTAP_COVERAGE)
    list(APPEND flags --coverage)
  endif()
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:${flags}>)
  target_link_options(${target} PRIVATE ${flags})
endfunction()
