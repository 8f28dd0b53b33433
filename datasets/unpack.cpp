#include "datasets/unpack.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "datasets/gzip.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

// A tar file is a row of blocks of 512 bytes: for each entry a header, then its contents filled up to whole blocks.
constexpr std::size_t kBlock = 512;
using Block = std::array<char, kBlock>;

std::string text_at(const Block& header, std::size_t at, std::size_t length) {
    const char* start = header.data() + at;
    return {start, std::find(start, start + length, '\0')};
}

std::uint64_t octal_at(const Block& header, std::size_t at, std::size_t length) {
    std::uint64_t value = 0;
    for (const char digit : text_at(header, at, length))
        if (digit >= '0' && digit <= '7') value = value * 8 + static_cast<std::uint64_t>(digit - '0');
    return value;
}

// The sum of the header's bytes, with those of the sum itself as spaces.
bool sum_is_right(const Block& header) {
    std::uint64_t sum = 8 * ' ';
    for (std::size_t i = 0; i < kBlock; ++i)
        if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header[i]);
    return sum == octal_at(header, 148, 8);
}

fs::path checked_name(const Block& header, const std::string& archive) {
    const bool posix = text_at(header, 257, 5) == "ustar";
    const fs::path name = fs::path(posix ? text_at(header, 345, 155) : "") / text_at(header, 0, 100);
    const bool leads_out = name.is_absolute() || std::ranges::find(name, fs::path("..")) != name.end();
    require(!name.empty() && !leads_out, "unpack", archive, " holds a file named \"", name.string(),
            "\", which is refused");
    return name;
}

}  // namespace

void unpack_tar(const fs::path& archive, const fs::path& into) {
    GzipReader reader(archive);
    Block header, block;
    while (reader.read(header.data(), kBlock) == kBlock && header[0] != '\0') {
        require(sum_is_right(header), "unpack", archive.string(), " is not a tar file, or is damaged");
        const bool regular = header[156] == '0' || header[156] == '\0';
        const fs::path path = into / checked_name(header, archive.string());
        std::ofstream out;
        if (regular) {
            fs::create_directories(path.parent_path());
            out.open(path, std::ios::binary);
        }
        // Block by block: a damaged header may claim a file larger than memory.
        for (std::uint64_t left = octal_at(header, 124, 12); left > 0; left -= std::min<std::uint64_t>(left, kBlock)) {
            require(reader.read(block.data(), kBlock) == kBlock, "unpack", archive.string(), " ends too early");
            if (regular) out.write(block.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, kBlock)));
        }
        out.flush();
        require(!regular || out.good(), "unpack", "cannot write ", path.string(), ": ", std::strerror(errno));
    }
}

}  // namespace normlab
