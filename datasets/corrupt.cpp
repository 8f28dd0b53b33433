#include "datasets/corrupt.h"

#include <algorithm>

#include "datasets/choices.h"
#include "datasets/made_set.h"
#include "datasets/parallel.h"

namespace normlab {

constexpr Index kMostRadius = 16;  // each pixel takes (2·radius+1)² additions

static void fields(Fields&, Invert&) {}
static void fields(Fields& f, Blur& o) {
    f.whole("radius", o.radius, {0, kMostRadius}, "How far the square reaches");
}
static void fields(Fields& f, AddNoise& o) {
    f.number("std", o.std, kNotNegative, "Their standard deviation, where black is 0 and white is 1");
}

namespace {

struct Picture {
    std::span<std::uint8_t> pixels;  // in the order H,W,C
    Index H, W, C;
    RandomStream stream;
    std::uint64_t image;  // its index
};

void apply(const Invert&, const Picture& picture) {
    for (std::uint8_t& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
}

void apply(const Blur& blur, const Picture& picture) {
    const auto [pixels, H, W, C, stream, image] = picture;
    const std::vector<std::uint8_t> before(pixels.begin(), pixels.end());
    const double count = static_cast<double>((2 * blur.radius + 1) * (2 * blur.radius + 1));
    std::size_t at = 0;
    for (Index h = 0; h < H; ++h)
        for (Index w = 0; w < W; ++w)
            for (Index c = 0; c < C; ++c) {
                double sum = 0;
                for (Index dh = -blur.radius; dh <= blur.radius; ++dh)
                    for (Index dw = -blur.radius; dw <= blur.radius; ++dw) {
                        const Index y = std::clamp<Index>(h + dh, 0, H - 1), x = std::clamp<Index>(w + dw, 0, W - 1);
                        sum += before[static_cast<std::size_t>((y * W + x) * C + c)];
                    }
                pixels[at++] = to_byte(sum / count / 255);
            }
}

void apply(const AddNoise& noise, const Picture& picture) {
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        picture.pixels[i] =
            to_byte(picture.pixels[i] / 255.0 + noise.std * random_normal(picture.stream, picture.image, i));
}

const Choices<Corruption>& known() {
    static const Choices<Corruption> all = {
        {"invert", "Light is dark and dark is light", Invert{}},
        {"blur", "Each pixel is the mean of a square around it", Blur{}},
        {"noise", "Adds normally distributed numbers", AddNoise{}},
    };
    return all;
}

constexpr const char* kWhat = "corruptions";

}  // namespace

std::vector<Corruption> parse_corruptions(const Json& list, const std::string& path) {
    return read_choices(list, known(), kWhat, path);
}

FieldValue corruptions_field(std::vector<Corruption>& corruptions) {
    return choices_field(corruptions, known(), kWhat);
}

void corrupt(ImageSet& set, std::span<const Corruption> corruptions, RandomStream stream) {
    const auto bytes = static_cast<std::size_t>(set.image.elements());
    for (const Corruption& corruption : corruptions) {
        ++stream.stream;
        parallel_for(set.size(), [&](Index i) {
            const auto index = static_cast<std::size_t>(i);
            const Picture picture{std::span(set.pixels).subspan(index * bytes, bytes),
                                  set.image[1],
                                  set.image[2],
                                  set.image[0],
                                  stream,
                                  index};
            std::visit([&](const auto& each) { apply(each, picture); }, corruption);
        });
    }
}

}  // namespace normlab
