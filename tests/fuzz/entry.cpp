// What libFuzzer calls. Whatever else than an Error comes out of a target ends the program; libFuzzer then writes the
// bytes into a file.
#include <fstream>

#include "framework/support/error.h"
#include "tests/fuzz/target.h"
#include "tests/temporary.h"

std::filesystem::path normlab::fuzz::file_with(std::string_view bytes, const std::filesystem::path& name) {
    static const test::TemporaryFolder folder;
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    try {
        normlab::fuzz::read({reinterpret_cast<const char*>(data), size});
    } catch (const normlab::Error&) {
    }
    return 0;
}
