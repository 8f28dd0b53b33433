#include "datasets/corrupt.h"

#include <algorithm>

#include "datasets/made_set.h"
#include "datasets/parallel.h"

namespace normlab {
namespace {

constexpr Index kMostRadius = 16;  // a pixel takes the time of (2·radius+1)² of them

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

Corruption parse_one(const Json& value, const std::string& path) {
    static const std::vector<std::pair<std::string, Corruption>> known = {
        {"invert", Invert{}}, {"blur", Blur{}}, {"noise", AddNoise{}}};
    if (value.is_string()) return JsonReader::chosen(value.get<std::string>(), known, path);
    JsonReader options(value, path);
    Corruption corruption = JsonReader::chosen(options.get<std::string>("type"), known, options.path_of("type"));
    if (auto* blur = std::get_if<Blur>(&corruption)) {
        blur->radius = options.get<Index>("radius", blur->radius);
        if (blur->radius < 0 || blur->radius > kMostRadius)
            throw ConfigError(options.path_of("radius"), "must be from 0 to " + std::to_string(kMostRadius));
    }
    if (auto* noise = std::get_if<AddNoise>(&corruption)) {
        noise->std = options.get<double>("std", noise->std);
        if (!(noise->std >= 0)) throw ConfigError(options.path_of("std"), "cannot be negative");
    }
    options.finish();
    return corruption;
}

Json json_of(const Invert&) {
    return {{"type", "invert"}};
}
Json json_of(const Blur& blur) {
    return {{"type", "blur"}, {"radius", blur.radius}};
}
Json json_of(const AddNoise& noise) {
    return {{"type", "noise"}, {"std", noise.std}};
}

}  // namespace

std::vector<Corruption> parse_corruptions(const Json& list, const std::string& path) {
    if (!list.is_array()) throw ConfigError(path, "expected a list of corruptions, got " + list.dump());
    std::vector<Corruption> corruptions;
    for (std::size_t i = 0; i < list.size(); ++i)
        corruptions.push_back(parse_one(list[i], path + "[" + std::to_string(i) + "]"));
    return corruptions;
}

Json to_json(const Corruption& corruption) {
    return std::visit([](const auto& each) { return json_of(each); }, corruption);
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
