// A cyclic redundancy check of 64 bits, over Jones's polynomial (CRC-64/REDIS in catalogues). The polynomial is
// primitive: one or two changed bits, and changes within 64 bits in a row, are always noticed, in a message of any
// length; of other changes, one in 2^64 is missed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace normlab {

class Crc64 {
  public:
    void add(std::string_view bytes);
    std::string hex() const;  // of everything added, in 16 digits

  private:
    std::uint64_t rest_ = 0;
};

}  // namespace normlab
