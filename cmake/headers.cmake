# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# calltap::headers: the include directory in which the rooms meet, and the generated version header.
configure_file(${PROJECT_SOURCE_DIR}/cmake/version.h.in ${PROJECT_BINARY_DIR}/include/calltap/version.h @ONLY)

add_library(calltap_headers INTERFACE)
add_library(calltap::headers ALIAS calltap_headers)
target_include_directories(calltap_headers INTERFACE
  ${PROJECT_SOURCE_DIR}/include
  ${PROJECT_BINARY_DIR}/include)
