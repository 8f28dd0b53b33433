#include "datasets/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "datasets/choices.h"
#include "datasets/shuffle.h"
#include "framework/support/error.h"

namespace normlab {

static void fields(Fields& f, RandomCrop& o) {
    f.whole("padding", o.padding, {0, kManyPixels}, "Zeros on each side");
}
static void fields(Fields& f, HorizontalFlip& o) {
    f.number("p", o.p, kFraction, "The probability");
    f.flag("alternate", o.alternate, "Each image is mirrored in every other epoch, instead of at random");
    f.check(!o.alternate || o.p == 0.5, "p", "must be 0.5 with alternate: each image is mirrored in every other epoch");
}
static void fields(Fields& f, Translate& o) {
    f.whole("max_shift", o.max_shift, {0, kManyPixels}, "The largest shift in pixels, either way");
}
static void fields(Fields& f, RandomResizedCrop& o) {
    f.number("min_scale", o.min_scale, {.above = 0, .most = 1}, "The least share of the image's area");
    f.number("max_ratio", o.max_ratio, {.least = 1, .most = 100}, "How much wider or higher the piece may be");
}
static void fields(Fields& f, Rotation& o) {
    f.number("max_degrees", o.max_degrees, {.least = 0, .most = 180}, "The largest angle, either way");
}
static void fields(Fields& f, Jitter& o) {
    f.number("brightness", o.brightness, kFraction, "The most that is added or taken away; white is 1");
    f.number("contrast", o.contrast, kFraction, "The most by which contrast grows or shrinks");
    f.number("saturation", o.saturation, kFraction, "The most by which colours move away from grey or towards it");
    f.number("hue", o.hue, {.least = 0, .most = 0.5}, "The most by which colours turn, in full turns");
}
static void fields(Fields& f, Cutout& o) {
    f.whole("size", o.size, {0, kManyPixels}, "The side of the square in pixels");
}

namespace {

// What one augmentation may draw for one image.
struct Draw {
    RandomStream stream;
    Index epoch, image;

    using Words = std::array<std::uint32_t, 4>;
    static double uniform(std::uint32_t word) { return word * 0x1p-32; }  // in [0, 1)
    static double either_way(std::uint32_t word, double reach) { return reach * (2 * uniform(word) - 1); }
    Words words() const { return words_of(epoch); }
    Words words_of(Index some_epoch) const {
        return random_words(stream, static_cast<std::uint64_t>(some_epoch), static_cast<std::uint64_t>(image));
    }
};

void crop(std::vector<Index>& axis, Index padding, std::uint32_t bits) {
    const Index size = static_cast<Index>(axis.size()), shift = below(2 * padding + 1, bits) - padding;
    if (shift < 0) {
        std::rotate(axis.begin(), axis.end() + std::max(shift, -size), axis.end());
        std::fill_n(axis.begin(), std::min(-shift, size), View::nothing);
    } else {
        std::rotate(axis.begin(), axis.begin() + std::min(shift, size), axis.end());
        std::fill_n(axis.rbegin(), std::min(shift, size), View::nothing);
    }
}

void move(std::vector<Index>& axis, Index max_shift, std::uint32_t bits) {
    const Index size = static_cast<Index>(axis.size());
    const Index shift = std::clamp(below(2 * max_shift + 1, bits) - max_shift, 1 - size, size - 1);
    if (shift < 0) {
        std::copy_backward(axis.begin(), axis.end() + shift, axis.end());
        std::fill_n(axis.begin(), -shift, axis.front());
    } else {
        std::copy(axis.begin() + shift, axis.end(), axis.begin());
        std::fill_n(axis.rbegin(), shift, axis.back());
    }
}

// A piece of this share of the axis, from anywhere, in the size of the whole.
void enlarge(std::vector<Index>& axis, double share, std::uint32_t bits) {
    const Index size = static_cast<Index>(axis.size());
    const Index piece = std::clamp<Index>(std::llround(share * static_cast<double>(size)), 1, size);
    const Index first = below(size - piece + 1, bits);
    const std::vector<Index> before = axis;
    for (Index i = 0; i < size; ++i)
        axis[static_cast<std::size_t>(i)] = before[static_cast<std::size_t>(first + (2 * i + 1) * piece / (2 * size))];
}

void require_distance(const char* augmentation, const char* key, Index pixels) {
    require(pixels >= 0 && pixels <= kManyPixels, augmentation, key, " must be between 0 and ", kManyPixels, ", got ",
            pixels);
}

void apply(const RandomCrop& options, const Draw& draw, View& view) {
    require_distance("random_crop", "padding", options.padding);
    const Draw::Words words = draw.words();
    crop(view.rows, options.padding, words[0]);
    crop(view.columns, options.padding, words[1]);
}

void apply(const HorizontalFlip& options, const Draw& draw, View& view) {
    const bool mirrored =
        options.alternate ? (draw.words_of(0)[0] + draw.epoch) % 2 == 1 : draw.words()[0] < options.p * 0x1p32;
    if (mirrored) std::reverse(view.columns.begin(), view.columns.end());
}

void apply(const Translate& options, const Draw& draw, View& view) {
    require_distance("translate", "max_shift", options.max_shift);
    const Draw::Words words = draw.words();
    move(view.rows, options.max_shift, words[0]);
    move(view.columns, options.max_shift, words[1]);
}

void apply(const Cutout& options, const Draw& draw, View& view) {
    require_distance("cutout", "size", options.size);
    const Draw::Words words = draw.words();
    const Index height = static_cast<Index>(view.rows.size()), width = static_cast<Index>(view.columns.size());
    const Index top = below(height, words[0]) - options.size / 2, left = below(width, words[1]) - options.size / 2;
    view.holes.push_back({std::max<Index>(0, top), std::max<Index>(0, left), std::min(height, top + options.size),
                          std::min(width, left + options.size)});
}

void apply(const RandomResizedCrop& options, const Draw& draw, View& view) {
    require(options.min_scale > 0 && options.min_scale <= 1, "random_resized_crop",
            "min_scale must be above 0 and at most 1, got ", options.min_scale);
    require(options.max_ratio >= 1, "random_resized_crop", "max_ratio must be at least 1, got ", options.max_ratio);
    const Draw::Words words = draw.words();
    const double side = std::sqrt(1 - (1 - options.min_scale) * Draw::uniform(words[0]));
    const double stretch =
        std::pow(options.max_ratio, Draw::either_way(words[1], 0.5));  // its square is width / height
    enlarge(view.rows, side / stretch, words[2]);
    enlarge(view.columns, side * stretch, words[3]);
}

void apply(const Rotation& options, const Draw& draw, View& view) {
    const double angle = Draw::either_way(draw.words()[0], options.max_degrees) * std::numbers::pi / 180;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    const Index H = static_cast<Index>(view.rows.size()), W = static_cast<Index>(view.columns.size());
    const double middle_y = static_cast<double>(H - 1) / 2, middle_x = static_cast<double>(W - 1) / 2;
    std::vector<Index> turned;
    for (Index y = 0; y < H; ++y)
        for (Index x = 0; x < W; ++x) {
            const double down = static_cast<double>(y) - middle_y, right = static_cast<double>(x) - middle_x;
            const Index from_y = std::llround(middle_y + cosine * down + sine * right),
                        from_x = std::llround(middle_x + cosine * right - sine * down);
            const bool outside = from_y < 0 || from_y >= H || from_x < 0 || from_x >= W;
            turned.push_back(outside ? View::nothing
                                     : view.source(static_cast<std::size_t>(from_y), static_cast<std::size_t>(from_x)));
        }
    view.turned = std::move(turned);
    std::iota(view.rows.begin(), view.rows.end(), Index{0});
    std::iota(view.columns.begin(), view.columns.end(), Index{0});
}

// Each row says what a channel becomes: first away from the grey of the same light, s x + (1 − s) grey, then around the
// axis of greys, by Rodrigues' formula for the turn about (1,1,1).
void add_colours(View& view, double saturation, double turns) {
    constexpr double kLight[3] = {0.299, 0.587, 0.114};  // what the channels add to it (ITU-R BT.601)
    const double angle = 2 * std::numbers::pi * turns, same = std::cos(angle), mean = (1 - same) / 3,
                 across = std::sin(angle) / std::sqrt(3.0);
    std::vector<double> colours(9);
    const std::vector<double> before =
        view.colours.empty() ? std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1} : view.colours;
    const auto turned = [&](std::size_t to, std::size_t from) {
        return mean + (to == from ? same : (from + 1) % 3 == to ? across : -across);
    };
    const auto saturated = [&](std::size_t to, std::size_t from) {
        return (1 - saturation) * kLight[from] + (to == from ? saturation : 0);
    };
    for (std::size_t to = 0; to < 3; ++to)
        for (std::size_t from = 0; from < 3; ++from)
            for (std::size_t i = 0; i < 3; ++i)
                for (std::size_t j = 0; j < 3; ++j)
                    colours[3 * to + from] += turned(to, i) * saturated(i, j) * before[3 * j + from];
    view.colours = std::move(colours);
}

void apply(const Jitter& options, const Draw& draw, View& view) {
    const Draw::Words words = draw.words();
    const double contrast = 1 + Draw::either_way(words[0], options.contrast),
                 brightness = Draw::either_way(words[1], options.brightness);
    if (view.tones.empty()) {
        view.tones.resize(256);
        std::iota(view.tones.begin(), view.tones.end(), std::uint8_t{0});
    }
    for (std::uint8_t& tone : view.tones) {
        const double changed = contrast * (tone / 255.0 - 0.5) + 0.5 + brightness;
        tone = static_cast<std::uint8_t>(std::lround(255 * std::clamp(changed, 0.0, 1.0)));
    }
    if (options.saturation > 0 || options.hue > 0)
        add_colours(view, 1 + Draw::either_way(words[2], options.saturation), Draw::either_way(words[3], options.hue));
}

const Choices<Augmentation>& known() {
    static const Choices<Augmentation> all = {
        {"random_crop", "Pads with zeros and cuts a piece of the image's size from anywhere", RandomCrop{}},
        {"horizontal_flip", "Mirrors left and right", HorizontalFlip{}},
        {"translate", "Shifts; what comes into view repeats the edge", Translate{}},
        {"cutout", "Sets a square to zero", Cutout{}},
        {"random_resized_crop", "Cuts a piece from anywhere and shows it in the image's size", RandomResizedCrop{}},
        {"rotation", "Turns about the middle", Rotation{}},
        {"jitter", "Changes brightness, contrast and colours", Jitter{}},
    };
    return all;
}

constexpr const char* kWhat = "augmentations";

}  // namespace

std::vector<Augmentation> parse_augmentations(const Json& list, const std::string& path) {
    return read_choices(list, known(), kWhat, path);
}

FieldValue augmentations_field(std::vector<Augmentation>& augmentations) {
    return choices_field(augmentations, known(), kWhat);
}

void View::reset(Index height, Index width) {
    rows.resize(static_cast<std::size_t>(height));
    columns.resize(static_cast<std::size_t>(width));
    std::iota(rows.begin(), rows.end(), Index{0});
    std::iota(columns.begin(), columns.end(), Index{0});
    turned.clear();
    tones.clear();
    colours.clear();
    holes.clear();
}

void require_colours(std::span<const Augmentation> augmentations, const Shape& image) {
    for (const Augmentation& augmentation : augmentations) {
        const auto* jitter = std::get_if<Jitter>(&augmentation);
        require(jitter == nullptr || image[0] == 3 || (jitter->saturation == 0 && jitter->hue == 0), "jitter",
                "saturation and hue are of images of three channels, these have the shape ", image);
    }
}

std::vector<std::uint8_t> recoloured(std::span<const std::uint8_t> pixels, const View& view) {
    std::vector<std::uint8_t> changed(pixels.begin(), pixels.end());
    if (!view.tones.empty())
        for (std::uint8_t& byte : changed) byte = view.tones[byte];
    if (view.colours.empty()) return changed;
    for (auto pixel = changed.begin(); pixel != changed.end(); pixel += 3) {
        const double old[3] = {double(pixel[0]), double(pixel[1]), double(pixel[2])};
        for (std::ptrdiff_t c = 0; c < 3; ++c) {
            const double* row = view.colours.data() + 3 * c;
            const double sum = row[0] * old[0] + row[1] * old[1] + row[2] * old[2];
            pixel[c] = static_cast<std::uint8_t>(std::lround(std::clamp(sum, 0.0, 255.0)));
        }
    }
    return changed;
}

void augment(View& view, std::span<const Augmentation> augmentations, std::uint64_t seed, Index epoch, Index image) {
    for (std::size_t place = 0; place < augmentations.size(); ++place) {
        const RandomStream stream = {seed, stream_named(seed, "augment").stream + static_cast<std::uint32_t>(place)};
        const Draw draw{stream, epoch, image};
        std::visit([&](const auto& augmentation) { apply(augmentation, draw, view); }, augmentations[place]);
    }
}

}  // namespace normlab
