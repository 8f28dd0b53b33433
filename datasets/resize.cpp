#include "datasets/resize.h"

#include <algorithm>
#include <cmath>

namespace normlab {
namespace {

// Which old pixels make one new pixel along one axis.
struct Tap {
    Index first = 0;
    std::vector<float> weights;
};

// `extent` of the old pixels, from `start` on, become `count` new ones; there are `size` old ones.
std::vector<Tap> taps(double start, double extent, Index size, Index count) {
    const double step = extent / static_cast<double>(count), radius = std::max(1.0, step);
    std::vector<Tap> all(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double center = start + (static_cast<double>(i) + 0.5) * step - 0.5;  // old pixel k lies at k
        const Index first = std::max<Index>(0, static_cast<Index>(std::floor(center - radius)) + 1);
        const Index last = std::min<Index>(size - 1, static_cast<Index>(std::ceil(center + radius)) - 1);
        all[i].first = first;
        double sum = 0;
        for (Index k = first; k <= last; ++k) sum += 1 - std::abs(static_cast<double>(k) - center) / radius;
        for (Index k = first; k <= last; ++k)
            all[i].weights.push_back(
                static_cast<float>((1 - std::abs(static_cast<double>(k) - center) / radius) / sum));
    }
    return all;
}

}  // namespace

Image fitted(const Image& image, Index height, Index width, Fit fit) {
    if (image.height == height && image.width == width) return image;
    const Index C = image.channels;
    const double old_height = static_cast<double>(image.height), old_width = static_cast<double>(image.width);
    const double scale = std::min(old_height / static_cast<double>(height), old_width / static_cast<double>(width));
    const bool whole = fit == Fit::stretch;
    const double used_height = whole ? old_height : scale * static_cast<double>(height),
                 used_width = whole ? old_width : scale * static_cast<double>(width);
    const auto rows = taps((old_height - used_height) / 2, used_height, image.height, height);
    const auto columns = taps((old_width - used_width) / 2, used_width, image.width, width);

    // Across first: `narrow` has every old row at its new width.
    std::vector<float> narrow(static_cast<std::size_t>(image.height * width * C));
    for (Index y = 0; y < image.height; ++y)
        for (Index x = 0; x < width; ++x) {
            const Tap& tap = columns[static_cast<std::size_t>(x)];
            for (Index c = 0; c < C; ++c) {
                const std::uint8_t* from = image.pixels.data() + (y * image.width + tap.first) * C + c;
                float sum = 0;
                for (std::size_t k = 0; k < tap.weights.size(); ++k)
                    sum += tap.weights[k] * from[static_cast<Index>(k) * C];
                narrow[static_cast<std::size_t>((y * width + x) * C + c)] = sum;
            }
        }

    Image result{height, width, C, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width * C))};
    std::vector<float> row(static_cast<std::size_t>(width * C));
    for (Index y = 0; y < height; ++y) {
        const Tap& tap = rows[static_cast<std::size_t>(y)];
        std::fill(row.begin(), row.end(), 0.5f);  // rounds to the nearest
        for (std::size_t k = 0; k < tap.weights.size(); ++k) {
            const float* from = narrow.data() + (tap.first + static_cast<Index>(k)) * width * C;
            for (std::size_t i = 0; i < row.size(); ++i) row[i] += tap.weights[k] * from[i];
        }
        for (std::size_t i = 0; i < row.size(); ++i)
            result.pixels[static_cast<std::size_t>(y * width * C) + i] =
                static_cast<std::uint8_t>(std::clamp(row[i], 0.0f, 255.0f));
    }
    return result;
}

}  // namespace normlab
