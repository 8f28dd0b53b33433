# `cmake --install`: the program with its configs, and for find_package(normlab) the engine and the data sets with their
# loader.
include(CMakePackageConfigHelpers)
set(NORMLAB_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/normlab)
set(NORMLAB_LIBRARIES normlab normlab_options)
set(NORMLAB_ROOMS framework layers optim)
if(TARGET normlab_datasets AND ZLIB_FOUND)  # a fetched zlib is not installed
    list(APPEND NORMLAB_LIBRARIES normlab_datasets)
    list(APPEND NORMLAB_ROOMS datasets)
endif()

install(TARGETS ${NORMLAB_LIBRARIES} EXPORT normlab-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT normlab-targets NAMESPACE normlab:: DESTINATION ${NORMLAB_PACKAGE_DIR})
install(DIRECTORY ${NORMLAB_ROOMS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/normlab
        FILES_MATCHING PATTERN "*.h" PATTERN "fast" EXCLUDE PATTERN "reference" EXCLUDE)
# Installed headers name each other as their users do, see header_names.cmake.
set(NORMLAB_INSTALLED_HEADERS ${CMAKE_INSTALL_INCLUDEDIR}/normlab)
install(CODE "set(headers \${CMAKE_INSTALL_PREFIX}/${NORMLAB_INSTALLED_HEADERS})")
install(SCRIPT cmake/installed_headers.cmake)

configure_package_config_file(cmake/normlab-config.cmake.in ${PROJECT_BINARY_DIR}/normlab-config.cmake
                              INSTALL_DESTINATION ${NORMLAB_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/normlab-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/normlab-config.cmake ${PROJECT_BINARY_DIR}/normlab-config-version.cmake
        DESTINATION ${NORMLAB_PACKAGE_DIR})

if(TARGET normlab_program)
    install(TARGETS normlab_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/normlab OPTIONAL)
endif()
