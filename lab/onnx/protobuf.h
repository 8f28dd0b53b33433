// Protocol buffers, as far as writing ONNX needs them (protobuf.dev/programming-guides/encoding): a message is its
// fields one after the other, each a key (number of the field × 8 + kind) and a value. Whole numbers are varints: seven
// bits a byte, the lowest first, the eighth bit set in all but the last. Texts and messages within are a length and so
// many bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace normlab::onnx {

class Message {
  public:
    Message& number(int field, std::int64_t value);
    Message& real(int field, float value);
    Message& text(int field, std::string_view value);
    Message& message(int field, const Message& value) { return text(field, value.bytes_); }
    const std::string& bytes() const { return bytes_; }

  private:
    void varint(std::uint64_t value);
    void key(int field, int kind) { varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(kind)); }
    std::string bytes_;
};

}  // namespace normlab::onnx
