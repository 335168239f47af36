# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What is installed where, for all rooms. The result can be moved: nothing installed holds an absolute path.
include(CMakePackageConfigHelpers)

set(plugin_dir ${CMAKE_INSTALL_LIBDIR}/calltap)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/calltap)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The plugins and the link.
get_property(majors GLOBAL PROPERTY CALLTAP_PLUGIN_MAJORS)
foreach(major IN LISTS majors)
  install(TARGETS calltap_plugin_${major} LIBRARY DESTINATION ${plugin_dir})
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/plugin/calltap.so DESTINATION ${plugin_dir})

# The runtime, the libraries for other programs, their headers, the tool.
set_target_properties(calltap_runtime PROPERTIES EXPORT_NAME runtime)
set_target_properties(calltap_runtime_static PROPERTIES EXPORT_NAME runtime_static)
set_target_properties(calltap_client PROPERTIES EXPORT_NAME client)
set_target_properties(calltap_reader_shared PROPERTIES EXPORT_NAME reader)
install(TARGETS calltap_runtime calltap_runtime_static calltap_client calltap_reader_shared EXPORT calltapTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT calltapTargets NAMESPACE calltap:: DESTINATION ${config_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_BINARY_DIR}/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(TARGETS calltap_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# For CMake and pkg-config.
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/calltapConfig.cmake.in ${PROJECT_BINARY_DIR}/calltapConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  PATH_VARS plugin_dir)
# While the version is 0.x every minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/calltapConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/calltapConfig.cmake ${PROJECT_BINARY_DIR}/calltapConfigVersion.cmake
  DESTINATION ${config_dir})

file(RELATIVE_PATH pc_to_prefix /${pkgconfig_dir} /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
foreach(name calltap calltap-client calltap-reader)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${pkgconfig_dir})
endforeach()
