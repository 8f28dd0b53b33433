# Run by `cmake --install`: in the headers below ${headers}, #include "layers/linear.h" becomes "normlab/layers/linear.h".
file(GLOB_RECURSE files "$ENV{DESTDIR}${headers}/*.h")
foreach(file IN LISTS files)
    file(READ "${file}" text)
    string(REGEX REPLACE "#include \"(framework|layers|optim|datasets)/" "#include \"normlab/\\1/" text "${text}")
    file(WRITE "${file}" "${text}")
endforeach()
