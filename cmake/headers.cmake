# Users include "normlab/layers/layers.h", in a build as from an installed Normlab: ${PROJECT_BINARY_DIR}/include has what
# lies below normlab/. As a part of another project Normlab gives it copies, in which headers name each other like that,
# too. By itself it needs none: there normlab/ is a link to the sources.
include(cmake/header_names.cmake)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include)
if(PROJECT_IS_TOP_LEVEL)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/include/normlab SYMBOLIC)
    return()
endif()
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     framework/*.h layers/*.h optim/*.h datasets/*.h)
if(IS_SYMLINK ${PROJECT_BINARY_DIR}/include/normlab)  # left by an older build: copies would overwrite the sources
    file(REMOVE ${PROJECT_BINARY_DIR}/include/normlab)
endif()
list(FILTER headers EXCLUDE REGEX "/kernels/(fast|reference)/")
foreach(header IN LISTS headers)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${header})
    normlab_write_header(${PROJECT_SOURCE_DIR}/${header} ${PROJECT_BINARY_DIR}/include/normlab/${header})
endforeach()
