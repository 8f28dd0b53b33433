#include "datasets/made_set.h"

#include <algorithm>

#include "datasets/parallel.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

ImageSet make_part(const MadeSet& set, const std::string& part, Index count, std::uint64_t seed) {
    require(count >= 1, set.name, "cannot draw ", count, " images");
    ImageSet images{.name = set.name, .image = set.image, .classes = set.classes};
    const auto bytes = static_cast<std::size_t>(set.image.elements());
    images.pixels.resize(static_cast<std::size_t>(count) * bytes);
    for (Index i = 0; i < count; ++i)
        images.labels.push_back(static_cast<int>(i % static_cast<Index>(set.classes.size())));
    const RandomStream stream = stream_named(seed, set.name + "." + part);
    parallel_for(count, [&](Index i) {
        Dice dice(stream, static_cast<std::uint64_t>(i));
        set.draw(images.labels[static_cast<std::size_t>(i)], dice,
                 std::span(images.pixels).subspan(static_cast<std::size_t>(i) * bytes, bytes));
    });
    return images;
}

}  // namespace

Split make_set(const MadeSet& set, const MadeSetOptions& options) {
    return {make_part(set, "train", options.train, options.seed), make_part(set, "test", options.test, options.seed)};
}

std::uint8_t to_byte(double brightness) {
    return static_cast<std::uint8_t>(std::clamp(brightness, 0.0, 1.0) * 255 + 0.5);
}

}  // namespace normlab
