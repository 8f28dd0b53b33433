#include "lab/report/png.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

#include "framework/support/error.h"

namespace normlab {
namespace {

// What stb_image_write calls in place of its own compression, whose files are a quarter larger. It frees the result.
unsigned char* packed_by_zlib(unsigned char* bytes, int count, int* packed_count, int level) {
    uLongf size = compressBound(static_cast<uLong>(count));
    const auto packed = static_cast<unsigned char*>(std::malloc(size));
    if (packed == nullptr || compress2(packed, &size, bytes, static_cast<uLong>(count), level) != Z_OK) {
        std::free(packed);
        return nullptr;
    }
    *packed_count = static_cast<int>(size);
    return packed;
}

}  // namespace
}  // namespace normlab

#define STBIW_ZLIB_COMPRESS normlab::packed_by_zlib
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace normlab {

std::string encode_png(const Image& image) {
    require(image.channels >= 1 && image.channels <= 4, "png", "an image has 1 to 4 channels, not ", image.channels);
    std::string png;
    const auto append = [](void* to, void* bytes, int count) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
    };
    const int done = stbi_write_png_to_func(append, &png, static_cast<int>(image.width), static_cast<int>(image.height),
                                            static_cast<int>(image.channels), image.pixels.data(), 0);
    require(done != 0, "png", "there is not enough memory to pack an image");
    return png;
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
