#include "datasets/jpeg_tables.h"

#include <algorithm>

#include "framework/support/error.h"

namespace normlab {
namespace {

// The second byte of a marker; the first is FF.
constexpr unsigned char kHuffmanTables = 0xC4, kFirstRestart = 0xD0, kStart = 0xD8, kEnd = 0xD9;

// A file followed by zeros, as stb_image reads it.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    std::size_t at(std::size_t i) const { return i < bytes_.size() ? static_cast<unsigned char>(bytes_[i]) : 0; }
    // The position of the first byte other than FF after the next FF; the end of the file if there is none.
    std::size_t marker_from(std::size_t i) const {
        return std::min(bytes_.find_first_not_of('\xFF', std::min(bytes_.find('\xFF', i), bytes_.size())),
                        bytes_.size());
    }
    std::size_t size() const { return bytes_.size(); }

  private:
    std::string_view bytes_;
};

// A segment holds tables one after another: a byte with the table's number, how many codes have 1 to 16 bits, a byte
// for each code. stb_image uses 255 for "no short code": a table of 256 codes would have a code with that number.
void check_tables(const Bytes& file, std::size_t begin, std::size_t end) {
    constexpr std::size_t kMostCodes = 255;
    while (begin < end) {
        std::size_t codes = 0;
        for (std::size_t bits = 1; bits <= 16; ++bits) codes += file.at(begin + bits);
        require(codes <= kMostCodes, "jpeg", "it is damaged: a Huffman table of ", codes, " codes");
        begin += 17 + codes;
    }
}

}  // namespace

void check_huffman_tables(std::string_view file) {
    const Bytes bytes(file);
    std::size_t at = bytes.marker_from(0);
    if (!file.starts_with('\xFF') || bytes.at(at) != kStart) return;
    while ((at = bytes.marker_from(at + 1)) < bytes.size() && bytes.at(at) != kEnd) {
        const std::size_t marker = bytes.at(at);
        if (marker == 0 || (marker >= kFirstRestart && marker <= kStart)) continue;  // within the coded pixels
        const std::size_t length =
            256 * bytes.at(at + 1) + bytes.at(at + 2);  // of the segment, these two bytes included
        if (marker == kHuffmanTables) check_tables(bytes, at + 3, at + 1 + length);
        at += length;
    }
}

}  // namespace normlab
