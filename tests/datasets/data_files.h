// Files as data sets are published: a folder to write them into, packed with gzip, CIFAR-10 in small.
#pragma once

#include <zlib.h>

#include <fstream>

#include "tests/temporary.h"

namespace normlab::test {

class Scratch : public TemporaryFolder {
  public:
    void write(const std::string& name, const std::string& contents) const {
        std::filesystem::create_directories((*this / name).parent_path());
        std::ofstream(*this / name, std::ios::binary) << contents;
    }
};

inline std::string gzipped(const std::string& contents) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);  // + 16: with gzip's header
    std::string packed(deflateBound(&stream, contents.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(contents.data()));
    stream.avail_in = static_cast<uInt>(contents.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

inline std::string cifar_record(const std::string& labels, char red, char green, char blue) {
    return labels + std::string(1024, red) + std::string(1024, green) + std::string(1024, blue);
}

// Five images to learn from, labelled 1 to 5, and two to test with.
inline void write_cifar10(const Scratch& dir, const std::string& below) {
    for (int i = 1; i <= 5; ++i)
        dir.write(below + "data_batch_" + std::to_string(i) + ".bin",
                  cifar_record(std::string(1, static_cast<char>(i)), 1, 2, static_cast<char>(i)));
    dir.write(below + "test_batch.bin", cifar_record({7}, 4, 5, 6) + cifar_record({8}, 4, 5, 6));
}

}  // namespace normlab::test
