# What Normlab is built from: found on this system, else fetched at a pinned version that its hash vouches for.
include(FetchContent)
if(POLICY CMP0135)
    cmake_policy(SET CMP0135 NEW)  # fetched files are as old as their unpacking
endif()

# Engine: threads, and how many of them OpenMP's settings ask for.
find_package(Threads REQUIRED)
find_package(OpenMP COMPONENTS CXX QUIET)

# nlohmann/json. An engine that is installed brings a fetched one along.
if(NOT TARGET nlohmann_json::nlohmann_json)
    find_package(nlohmann_json 3.10 QUIET)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
    set(JSON_BuildTests OFF CACHE INTERNAL "")
    set(JSON_SystemInclude ON CACHE INTERNAL "")
    set(JSON_Install ${NORMLAB_INSTALL} CACHE INTERNAL "")
    FetchContent_Declare(nlohmann_json
        URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
        URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
    FetchContent_MakeAvailable(nlohmann_json)
endif()

# Tests: Catch2, 2.13 or 3.
if(NORMLAB_TESTS)
    find_package(Catch2 QUIET)
    if(NOT TARGET Catch2::Catch2)
        FetchContent_Declare(catch2
            URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz
            URL_HASH SHA256=c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c)
        FetchContent_MakeAvailable(catch2)
        set_target_properties(Catch2 PROPERTIES  # no warnings from its headers
            INTERFACE_SYSTEM_INCLUDE_DIRECTORIES $<TARGET_PROPERTY:Catch2,INTERFACE_INCLUDE_DIRECTORIES>)
        list(APPEND CMAKE_MODULE_PATH ${catch2_SOURCE_DIR}/extras)
    endif()
    include(Catch)
endif()

if(NOT NORMLAB_LAB_SOURCES)
    return()
endif()

# Program: CLI11, zlib, stb. SOURCE_SUBDIR names no folder of theirs: they are fetched without their own build.
find_package(CLI11 QUIET)
if(NOT TARGET CLI11::CLI11)
    FetchContent_Declare(cli11
        URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
        URL_HASH SHA256=f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a
        SOURCE_SUBDIR none)
    FetchContent_MakeAvailable(cli11)
    add_library(CLI11::CLI11 INTERFACE IMPORTED)
    target_include_directories(CLI11::CLI11 INTERFACE ${cli11_SOURCE_DIR}/include)
endif()

find_package(ZLIB QUIET)
if(NOT TARGET ZLIB::ZLIB)
    FetchContent_Declare(zlib
        URL https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz
        URL_HASH SHA256=9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23
        SOURCE_SUBDIR none)
    FetchContent_MakeAvailable(zlib)
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
    FetchContent_Declare(stb
        GIT_REPOSITORY https://github.com/nothings/stb.git
        GIT_TAG 013ac3beddff3dbffafd5177e7972067cd2b5083  # stb_image 2.30, stb_image_write 1.16
        SOURCE_SUBDIR none)
    FetchContent_MakeAvailable(stb)
    set(NORMLAB_STB_INCLUDE ${stb_SOURCE_DIR})
endif()
add_library(normlab_stb INTERFACE IMPORTED)
target_include_directories(normlab_stb INTERFACE ${NORMLAB_STB_INCLUDE})
