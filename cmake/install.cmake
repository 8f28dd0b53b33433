# `cmake --install`: the program with its configs, and the engine for find_package(normlab).
include(CMakePackageConfigHelpers)
set(NORMLAB_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/normlab)

install(TARGETS normlab normlab_options EXPORT normlab-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT normlab-targets NAMESPACE normlab:: DESTINATION ${NORMLAB_PACKAGE_DIR})
install(DIRECTORY framework layers optim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/normlab
        FILES_MATCHING PATTERN "*.h" PATTERN "fast" EXCLUDE PATTERN "reference" EXCLUDE)

configure_package_config_file(cmake/normlab-config.cmake.in ${PROJECT_BINARY_DIR}/normlab-config.cmake
                              INSTALL_DESTINATION ${NORMLAB_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/normlab-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/normlab-config.cmake ${PROJECT_BINARY_DIR}/normlab-config-version.cmake
        DESTINATION ${NORMLAB_PACKAGE_DIR})

if(TARGET normlab_program)
    install(TARGETS normlab_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/normlab OPTIONAL)
endif()
