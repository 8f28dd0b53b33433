# Run by `cmake --install` for the headers below ${headers}.
include(${CMAKE_CURRENT_LIST_DIR}/header_names.cmake)
file(GLOB_RECURSE files "$ENV{DESTDIR}${headers}/*.h")
foreach(file IN LISTS files)
    normlab_write_header(${file} ${file})
endforeach()
