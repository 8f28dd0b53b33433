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

// [low, high]
static FieldValue range_field(std::array<double, 2>& ends, int least, int most) {
    return {.read =
                [=, &ends](const Json& json, const std::string& path) {
                    const auto given = JsonReader::convert<std::vector<double>>(json, path);
                    if (given.size() != 2 || !(least <= given[0] && given[0] <= given[1] && given[1] <= most))
                        throw ConfigError(path, "must be [low, high], from " + std::to_string(least) + " to " +
                                                    std::to_string(most) + " and the lower first");
                    ends = {given[0], given[1]};
                },
            .write = [&ends] { return Json(ends); },
            .schema = {{"type", "array"},
                       {"items", {{"type", "number"}, {"minimum", least}, {"maximum", most}}},
                       {"minItems", 2},
                       {"maxItems", 2}}};
}

static void fields(Fields& f, Light& o) {
    f.value("contrast", range_field(o.contrast, 0, 10), "[low, high] of the factor");
    f.value("brightness", range_field(o.brightness, -1, 1), "[low, high] of what is added; black is 0 and white is 1");
}
static void fields(Fields& f, Threshold& o) {
    f.number("at", o.at, kFraction, "From this brightness on a pixel is white; black is 0 and white is 1");
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

void apply(const Light& light, const Picture& picture) {
    const auto drawn = [&](const std::array<double, 2>& ends, std::uint64_t index) {
        return ends[0] + (ends[1] - ends[0]) * random_uniform(picture.stream, picture.image, index);
    };
    const double contrast = drawn(light.contrast, 0), brightness = drawn(light.brightness, 1);
    for (std::uint8_t& pixel : picture.pixels) pixel = to_byte(contrast * (pixel / 255.0) + brightness);
}

void apply(const Threshold& threshold, const Picture& picture) {
    for (std::uint8_t& pixel : picture.pixels) pixel = pixel / 255.0 >= threshold.at ? 255 : 0;
}

const Choices<Corruption>& known() {
    static const Choices<Corruption> all = {
        {"invert", "Light is dark and dark is light", Invert{}},
        {"blur", "Each pixel is the mean of a square around it", Blur{}},
        {"noise", "Adds normally distributed numbers", AddNoise{}},
        {"light", "Another contrast and brightness for each image", Light{}},
        {"threshold", "Each pixel is either black or white", Threshold{}},
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
