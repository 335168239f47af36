# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# calltap_find_llvm(VARIABLE) sets VARIABLE to the LLVM majors to build the plugin for, and CALLTAP_LLVM_<major>_INCLUDE
# to the include directory of each.
#
# A plugin is loaded into clang and uses clang's own C++ classes, so there is one library for each major and it is built
# against that major's headers. Nothing of LLVM is linked: the clang that loads the plugin has it all.

# The majors the plugin is written for and tried with.
set(CALLTAP_LLVM_SUPPORTED 14 15 16 19)
# The major that plain calltap.so stands for: that of Debian 12's clang. The tests need it.
set(CALLTAP_LLVM_DEFAULT 14)

# Sets CALLTAP_LLVM_<major>_INCLUDE, or leaves it NOTFOUND.
function(calltap_find_llvm_major major)
  find_program(CALLTAP_LLVM_CONFIG_${major} NAMES llvm-config-${major})
  mark_as_advanced(CALLTAP_LLVM_CONFIG_${major})
  set(include CALLTAP_LLVM_${major}_INCLUDE-NOTFOUND)
  if(CALLTAP_LLVM_CONFIG_${major})
    execute_process(
      COMMAND ${CALLTAP_LLVM_CONFIG_${major}} --includedir
      OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE
      RESULT_VARIABLE failed)
    if(NOT failed
        AND EXISTS ${directory}/llvm/Config/llvm-config.h
        AND EXISTS ${directory}/clang/Frontend/FrontendPluginRegistry.h)
      set(include ${directory})
    endif()
  endif()
  set(CALLTAP_LLVM_${major}_INCLUDE ${include} PARENT_SCOPE)
endfunction()

function(calltap_find_llvm variable)
  set(wanted ${CALLTAP_LLVM_MAJORS})
  if(NOT wanted)
    set(wanted ${CALLTAP_LLVM_SUPPORTED})
  endif()
  set(found "")
  foreach(major IN LISTS wanted)
    if(NOT major IN_LIST CALLTAP_LLVM_SUPPORTED)
      message(FATAL_ERROR "CALLTAP_LLVM_MAJORS names LLVM ${major}; supported are: ${CALLTAP_LLVM_SUPPORTED}")
    endif()
    calltap_find_llvm_major(${major})
    if(CALLTAP_LLVM_${major}_INCLUDE)
      list(APPEND found ${major})
      set(CALLTAP_LLVM_${major}_INCLUDE ${CALLTAP_LLVM_${major}_INCLUDE} PARENT_SCOPE)
    elseif(CALLTAP_LLVM_MAJORS OR major EQUAL CALLTAP_LLVM_DEFAULT)
      message(FATAL_ERROR
        "LLVM ${major} is needed: install llvm-${major}-dev and libclang-${major}-dev (scripts/deps does it)")
    endif()
  endforeach()
  if(NOT CALLTAP_LLVM_DEFAULT IN_LIST found)
    message(FATAL_ERROR "CALLTAP_LLVM_MAJORS must contain ${CALLTAP_LLVM_DEFAULT}")
  endif()
  message(STATUS "Plugin for LLVM: ${found}")
  set(${variable} ${found} PARENT_SCOPE)
endfunction()
