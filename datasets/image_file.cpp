#include "datasets/image_file.h"

#include <cstdlib>
#include <limits>
#include <memory>

#include "datasets/jpeg_tables.h"
#include "datasets/pnm.h"
#include "framework/support/error.h"
#include "framework/support/files.h"

#define STBI_NO_STDIO
#include <stb_image.h>

namespace normlab {
namespace {

constexpr Index kMostPixels = Index{1} << 27;  // more than any photo has; a damaged header may ask for far more

struct Magic {
    const char* kind;
    std::size_t at;
    std::string_view bytes;
};
constexpr Magic kUnread[] = {
    {"WebP", 8, "WEBP"}, {"TIFF", 0, {"II*\0", 4}}, {"TIFF", 0, {"MM\0*", 4}}, {"HEIF or AVIF", 4, "ftyp"}};

// With stb_image's weights.
std::uint8_t grey(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    return static_cast<std::uint8_t>((77 * red + 150 * green + 29 * blue) >> 8);
}

Image with_channels(const Image& image, Index channels) {
    if (image.channels == channels) return image;
    Image result{image.height, image.width, channels, {}};
    const auto& from = image.pixels;
    if (channels == 1)
        for (std::size_t i = 0; i < from.size(); i += 3)
            result.pixels.push_back(grey(from[i], from[i + 1], from[i + 2]));
    else
        for (const std::uint8_t pixel : from) result.pixels.insert(result.pixels.end(), 3, pixel);
    return result;
}

// By load(bytes, size, &width, &height, &channels in the file, channels), which gives samples from 0 to `largest`.
template <class Sample>
Image load_by(Sample* (*load)(const stbi_uc*, int, int*, int*, int*, int), std::string_view file, Index channels) {
    constexpr std::uint32_t largest = std::numeric_limits<Sample>::max();
    int width = 0, height = 0, channels_in_file = 0;
    const std::unique_ptr<Sample, void (*)(void*)> samples(
        load(reinterpret_cast<const stbi_uc*>(file.data()), static_cast<int>(file.size()), &width, &height,
             &channels_in_file, static_cast<int>(channels)),
        stbi_image_free);
    require(samples != nullptr, "stb_image", stbi_failure_reason());
    Image image{height, width, channels, {}};
    image.pixels.resize(static_cast<std::size_t>(image.height * image.width * channels));
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
        image.pixels[i] = static_cast<std::uint8_t>((samples.get()[i] * 255u + largest / 2) / largest);
    return image;
}

}  // namespace

std::string unread_kind(std::string_view file) {
    for (const auto& [kind, at, bytes] : kUnread)
        if (file.size() >= at && file.substr(at).starts_with(bytes)) return kind;
    return "";
}

bool begins_as_image(std::string_view file) {
    int width = 0, height = 0, channels = 0;
    return is_pnm(file) || (file.size() <= std::numeric_limits<int>::max() &&
                            stbi_info_from_memory(reinterpret_cast<const stbi_uc*>(file.data()),
                                                  static_cast<int>(file.size()), &width, &height, &channels) != 0);
}

Image decode_image(std::string_view file, Index channels) {
    require(channels == 1 || channels == 3, "image", "images are read with 1 or 3 channels, not ", channels);
    if (is_pnm(file)) return with_channels(read_pnm(file), channels);
    const std::string unread = unread_kind(file);
    require(unread.empty(), "image", "it is ", unread, ", which is not read: convert it to PNG or JPEG");
    require(file.size() <= std::numeric_limits<int>::max(), "image", "a file of ", file.size(), " bytes is too large");
    check_huffman_tables(file);
    const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
    const int size = static_cast<int>(file.size());
    int width = 0, height = 0, channels_in_file = 0;
    require(stbi_info_from_memory(bytes, size, &width, &height, &channels_in_file) != 0, "stb_image",
            stbi_failure_reason());
    const Index rows = std::abs(Index{height});  // negative in a BMP that begins with its upper row
    require(width * rows <= kMostPixels, "image", "it would have ", width, " x ", rows, " pixels; at most ",
            kMostPixels, " are read");
    return stbi_is_16_bit_from_memory(bytes, size) != 0 ? load_by(stbi_load_16_from_memory, file, channels)
                                                        : load_by(stbi_load_from_memory, file, channels);
}

Image read_image(const std::filesystem::path& path, Index channels) {
    const std::string file = read_file(path);
    try {
        return decode_image(file, channels);
    } catch (const Error& error) {
        fail("image", "cannot read ", path.string(), " as an image: ", error.what(),
             "; a name that begins with a dot keeps a file out of a folder of images");
    }
}

}  // namespace normlab
