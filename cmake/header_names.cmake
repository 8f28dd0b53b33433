# Headers as users have them: #include "layers/linear.h", which may be a header of theirs, becomes
# "normlab/layers/linear.h". What is unchanged is not written again.
function(normlab_write_header from to)
    file(READ "${from}" text)
    string(REGEX REPLACE "#include \"(framework|layers|optim|datasets)/" "#include \"normlab/\\1/" text "${text}")
    file(CONFIGURE OUTPUT "${to}" CONTENT "${text}" @ONLY)
endfunction()
