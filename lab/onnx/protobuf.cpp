#include "lab/onnx/protobuf.h"

#include <bit>

namespace normlab::onnx {
namespace {

constexpr int kVarint = 0, kLength = 2, kFourBytes = 5;

}  // namespace

void Message::varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    bytes_ += static_cast<char>(value);
}

Message& Message::number(int field, std::int64_t value) {
    key(field, kVarint);
    varint(static_cast<std::uint64_t>(value));
    return *this;
}

Message& Message::real(int field, float value) {
    key(field, kFourBytes);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(bits >> shift & 0xFF);
    return *this;
}

Message& Message::text(int field, std::string_view value) {
    key(field, kLength);
    varint(value.size());
    bytes_ += value;
    return *this;
}

}  // namespace normlab::onnx
