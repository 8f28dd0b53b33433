# framework/kernels/fast/ is compiled once per instruction set; framework/kernels/dispatch.cpp picks one at run time.
file(GLOB NORMLAB_FAST_SOURCES CONFIGURE_DEPENDS framework/kernels/fast/*.cpp)
# Each file uses only some of the functions in the shared headers; under sanitizers some loops stay scalar, which Clang
# warns of. (As a source property this comes after -Wall.)
set_property(SOURCE ${NORMLAB_FAST_SOURCES} APPEND PROPERTY COMPILE_OPTIONS -Wno-psabi -Wno-unused-function
             $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-pass-failed>)

function(normlab_add_fast_kernels library)
    # level: bytes of a vector, flags
    set(plain 16 "")
    set(levels plain)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NORMLAB_LEVELS)
        set(v2 16 -march=x86-64-v2)
        set(v3 32 -march=x86-64-v3)
        set(v4 64 -march=x86-64-v4 -mprefer-vector-width=512)
        list(APPEND levels v2 v3 v4)
        set_property(SOURCE framework/kernels/dispatch.cpp TARGET_DIRECTORY ${library}
                     APPEND PROPERTY COMPILE_DEFINITIONS NORMLAB_X86_LEVELS)
    endif()
    foreach(level IN LISTS levels)
        list(POP_FRONT ${level} vector_bytes)
        set(kernels ${library}_kernels_${level})
        add_library(${kernels} OBJECT ${NORMLAB_FAST_SOURCES})
        target_compile_definitions(${kernels} PRIVATE NORMLAB_ISA=${level} NORMLAB_ISA_NAME="${level}"
                                   NORMLAB_VECTOR_BYTES=${vector_bytes})
        # Optimized in every build: register tiles make no sense otherwise. Fused multiply-adds are part of what an
        # instruction set offers; no option may change the meaning of NaN or the order of sums.
        target_compile_options(${kernels} PRIVATE ${${level}} -O3 -fopenmp-simd -ffp-contract=fast
                               -fno-math-errno -fno-trapping-math)
        target_link_libraries(${kernels} PRIVATE normlab_options normlab_warnings)
        # Which additions are fused may depend on what else is in a file.
        set_target_properties(${kernels} PROPERTIES POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF)
        target_sources(${library} PRIVATE $<TARGET_OBJECTS:${kernels}>)
    endforeach()
endfunction()
