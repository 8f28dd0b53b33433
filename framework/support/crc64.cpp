#include "framework/support/crc64.h"

#include <array>
#include <cstring>

namespace normlab {
namespace {

constexpr std::uint64_t kPolynomial = 0x95ac9329ac4bc9b5;  // lowest power in the highest bit; x^64 is implied
constexpr std::size_t kWord = 8;

// kTables[n][byte]: the remainder of the byte followed by n zero bytes.
using Tables = std::array<std::array<std::uint64_t, 256>, kWord>;
constexpr Tables kTables = [] {
    Tables tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ ((rest & 1) != 0 ? kPolynomial : 0);
        tables[0][byte] = rest;
    }
    for (std::size_t n = 1; n < kWord; ++n)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t before = tables[n - 1][byte];
            tables[n][byte] = before >> 8 ^ tables[0][before & 0xFF];
        }
    return tables;
}();

}  // namespace

void Crc64::add(std::string_view bytes) {
    for (; bytes.size() >= kWord; bytes.remove_prefix(kWord)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), kWord);
        word ^= rest_;
        rest_ = 0;
        for (std::size_t n = 0; n < kWord; ++n) rest_ ^= kTables[kWord - 1 - n][word >> 8 * n & 0xFF];
    }
    for (const char byte : bytes) rest_ = rest_ >> 8 ^ kTables[0][(rest_ ^ static_cast<unsigned char>(byte)) & 0xFF];
}

std::string Crc64::hex() const {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[rest_ >> shift & 0xF];
    return text;
}

}  // namespace normlab
