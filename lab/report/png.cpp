#include "lab/report/png.h"

#include <zlib.h>

#include <algorithm>

#include "framework/support/error.h"

namespace normlab {
namespace {

const Bytef* bytes_of(std::string_view text) {
    return reinterpret_cast<const Bytef*>(text.data());
}

std::string big_endian(unsigned long number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
    return bytes;
}

// The length of the data, four letters, the data, and a checksum of the letters and the data.
std::string chunk(const std::string& kind, const std::string& data) {
    const std::string checked = kind + data;
    return big_endian(data.size()) + checked +
           big_endian(crc32(0, bytes_of(checked), static_cast<uInt>(checked.size())));
}

char colour_type(Index channels) {
    switch (channels) {
        case 1: return 0;
        case 3: return 2;
        case 4: return 6;
        default: fail("png", "an image has 1, 3 or 4 channels, not ", channels);
    }
}

}  // namespace

std::string encode_png(const Image& image) {
    const auto row = static_cast<std::size_t>(image.width * image.channels);
    std::string header =
        big_endian(static_cast<unsigned long>(image.width)) + big_endian(static_cast<unsigned long>(image.height));
    header += {8, colour_type(image.channels), 0, 0, 0};  // bits, colour, and the only compression, filter, order

    std::string rows;  // each behind the number of its filter: 0, none
    for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
        rows += '\0';
        rows.append(reinterpret_cast<const char*>(image.pixels.data()) + y * row, row);
    }
    uLongf size = compressBound(rows.size());
    std::string packed(size, '\0');
    const int status = compress2(reinterpret_cast<Bytef*>(packed.data()), &size, bytes_of(rows), rows.size(), 9);
    require(status == Z_OK, "png", "zlib cannot pack an image: status ", status);
    packed.resize(size);
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string base64(std::string_view bytes) {
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {  // three bytes are four letters
        const std::size_t here = std::min<std::size_t>(3, bytes.size() - i);
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < here ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j) text += j <= here ? letters[group >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

std::string data_uri(const Image& image) {
    return "data:image/png;base64," + base64(encode_png(image));
}

}  // namespace normlab
