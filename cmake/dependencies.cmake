# What Normlab is built from: found on this system, or else fetched at a pinned version, verified by its hash.
include(FetchContent)
if(POLICY CMP0135)
    cmake_policy(SET CMP0135 NEW)  # fetched files get the time of their unpacking
endif()

# normlab_download(PACKAGE URL HASH FILE): tried once, because FetchContent itself keeps trying for minutes; if it
# fails, the error names the Debian package.
function(normlab_download package url hash file)
    if(EXISTS ${file})
        return()
    endif()
    message(STATUS "${package} is not installed; fetching ${url}")
    file(DOWNLOAD ${url} ${file}.part TIMEOUT 60 INACTIVITY_TIMEOUT 10 STATUS status)
    list(POP_FRONT status failed trouble)
    if(NOT failed)
        file(SHA256 ${file}.part found)
        if(NOT found STREQUAL hash)
            set(trouble "it is not the expected file, whose SHA-256 is ${hash}")
            set(failed ON)
        endif()
    endif()
    if(failed)
        file(REMOVE ${file}.part)
        message(FATAL_ERROR "Install ${package} (Debian and Ubuntu: apt-get install ${package}); "
                            "fetching ${url} instead failed: ${trouble}")
    endif()
    file(RENAME ${file}.part ${file})
endfunction()

# normlab_fetch(NAME PACKAGE URL HASH [SOURCE_SUBDIR none]): an archive, unpacked into NAME_SOURCE_DIR and, unless
# SOURCE_SUBDIR names no folder of it, added to this build.
macro(normlab_fetch name package url hash)
    string(TOUPPER ${name} upper)
    get_filename_component(archive ${url} NAME)  # its ending says how it is packed
    set(archive ${PROJECT_BINARY_DIR}/_deps/${name}-${archive})
    if(NOT FETCHCONTENT_SOURCE_DIR_${upper})
        normlab_download(${package} ${url} ${hash} ${archive})
    endif()
    FetchContent_Declare(${name} URL ${archive} URL_HASH SHA256=${hash} ${ARGN})
    FetchContent_MakeAvailable(${name})
endmacro()

# Engine: threads, and how many of them OpenMP's settings ask for.
find_package(Threads REQUIRED)
find_package(OpenMP COMPONENTS CXX QUIET)

# nlohmann/json. An installed engine includes a fetched one.
if(NOT TARGET nlohmann_json::nlohmann_json)
    find_package(nlohmann_json 3.10 QUIET)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
    set(JSON_BuildTests OFF CACHE INTERNAL "")
    set(JSON_SystemInclude ON CACHE INTERNAL "")
    set(JSON_Install ${NORMLAB_INSTALL} CACHE INTERNAL "")
    normlab_fetch(nlohmann_json nlohmann-json3-dev
        https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
        d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
endif()

# Tests: Catch2, 2.13 or 3.
if(NORMLAB_TESTS)
    find_package(Catch2 QUIET)
    if(NOT TARGET Catch2::Catch2)
        normlab_fetch(catch2 catch2
            https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz
            c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c)
        set_target_properties(Catch2 PROPERTIES  # no warnings from its headers
            INTERFACE_SYSTEM_INCLUDE_DIRECTORIES $<TARGET_PROPERTY:Catch2,INTERFACE_INCLUDE_DIRECTORIES>)
        list(APPEND CMAKE_MODULE_PATH ${catch2_SOURCE_DIR}/extras)
    endif()
    include(Catch)
endif()

if(NOT NORMLAB_LAB_SOURCES)
    return()
endif()

# Program: MPI, if it is here, for training in several processes.
set(MPI_CXX_SKIP_MPICXX ON CACHE INTERNAL "")
find_package(MPI COMPONENTS CXX QUIET)

# CLI11, zlib, stb; fetched without their own build.
find_package(CLI11 QUIET)
if(NOT TARGET CLI11::CLI11)
    normlab_fetch(cli11 libcli11-dev
        https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
        f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a SOURCE_SUBDIR none)
    add_library(CLI11::CLI11 INTERFACE IMPORTED)
    target_include_directories(CLI11::CLI11 INTERFACE ${cli11_SOURCE_DIR}/include)
endif()

find_package(ZLIB QUIET)
if(NOT TARGET ZLIB::ZLIB)
    normlab_fetch(zlib zlib1g-dev
        https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz
        9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23 SOURCE_SUBDIR none)
    enable_language(C)
    file(GLOB zlib_sources ${zlib_SOURCE_DIR}/*.c)
    add_library(normlab_zlib STATIC ${zlib_sources})
    target_compile_definitions(normlab_zlib PUBLIC HAVE_UNISTD_H)
    target_include_directories(normlab_zlib SYSTEM PUBLIC ${zlib_SOURCE_DIR})
    add_library(ZLIB::ZLIB ALIAS normlab_zlib)
endif()

# stb_image.h and stb_image_write.h, to be included by these names.
find_path(NORMLAB_STB_INCLUDE stb_image.h PATH_SUFFIXES stb)
mark_as_advanced(NORMLAB_STB_INCLUDE)
if(NOT NORMLAB_STB_INCLUDE)
    set(stb https://raw.githubusercontent.com/nothings/stb/013ac3beddff3dbffafd5177e7972067cd2b5083)
    set(NORMLAB_STB_INCLUDE ${PROJECT_BINARY_DIR}/_deps/stb-src)
    normlab_download(libstb-dev ${stb}/stb_image.h  # 2.30
        594c2fe35d49488b4382dbfaec8f98366defca819d916ac95becf3e75f4200b3 ${NORMLAB_STB_INCLUDE}/stb_image.h)
    normlab_download(libstb-dev ${stb}/stb_image_write.h  # 1.16
        cbd5f0ad7a9cf4468affb36354a1d2338034f2c12473cf1a8e32053cb6914a05 ${NORMLAB_STB_INCLUDE}/stb_image_write.h)
endif()
add_library(normlab_stb INTERFACE IMPORTED)
target_include_directories(normlab_stb INTERFACE ${NORMLAB_STB_INCLUDE})
