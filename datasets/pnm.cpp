#include "datasets/pnm.h"

#include <algorithm>

#include "framework/support/error.h"

namespace normlab {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r", kDigits = "0123456789";

// Takes the next number from the header, and what precedes it: space, and comments from a # to the line's end.
Index take_number(std::string_view& rest, const char* what, Index most) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    while (rest.starts_with('#')) {
        rest.remove_prefix(std::min(rest.find_first_of("\n\r"), rest.size()));
        rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    }
    const std::string_view digits = rest.substr(0, rest.find_first_not_of(kDigits));
    Index number = 0;
    for (const char digit : digits) number = std::min(10 * number + (digit - '0'), most + 1);
    require(number >= 1 && number <= most, "pnm", "its ", what, " is not a number from 1 to ", most);
    rest.remove_prefix(digits.size());
    return number;
}

}  // namespace

bool is_pnm(std::string_view file) {
    return file.starts_with("P5") || file.starts_with("P6");
}

Image read_pnm(std::string_view file) {
    constexpr Index kMostSize = 1 << 24, kMostValue = 65535;
    std::string_view rest = file.substr(2);
    const Index width = take_number(rest, "width", kMostSize), height = take_number(rest, "height", kMostSize),
                largest = take_number(rest, "largest value", kMostValue);
    require(!rest.empty() && kSpace.find(rest[0]) != std::string_view::npos, "pnm",
            "no space follows its largest value");
    rest.remove_prefix(1);

    Image image{height, width, file.starts_with("P6") ? 3 : 1, {}};
    const std::size_t samples = static_cast<std::size_t>(height * width * image.channels),
                      bytes = largest > 255 ? 2 : 1;
    require(rest.size() >= samples * bytes, "pnm", "it was cut off: expected ", samples * bytes,
            " bytes of samples, found ", rest.size());
    image.pixels.resize(samples);
    for (std::size_t i = 0; i < samples; ++i) {
        Index value = 0;
        for (std::size_t byte = 0; byte < bytes; ++byte)
            value = 256 * value + static_cast<unsigned char>(rest[i * bytes + byte]);
        require(value <= largest, "pnm", "it holds the sample ", value, ", its largest value should be ", largest);
        image.pixels[i] = static_cast<std::uint8_t>((255 * value + largest / 2) / largest);
    }
    return image;
}

}  // namespace normlab
