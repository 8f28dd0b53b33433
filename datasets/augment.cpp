#include "datasets/augment.h"

#include <algorithm>
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
static void fields(Fields& f, Cutout& o) {
    f.whole("size", o.size, {0, kManyPixels}, "The side of the square in pixels");
}

namespace {

// What one augmentation may draw for one image.
struct Draw {
    RandomStream stream;
    Index epoch, image;

    using Words = std::array<std::uint32_t, 4>;
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

const Choices<Augmentation>& known() {
    static const Choices<Augmentation> all = {
        {"random_crop", "Pads with zeros and cuts a piece of the image's size from anywhere", RandomCrop{}},
        {"horizontal_flip", "Mirrors left and right", HorizontalFlip{}},
        {"translate", "Shifts; what comes into view repeats the edge", Translate{}},
        {"cutout", "Sets a square to zero", Cutout{}},
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
    holes.clear();
}

void augment(View& view, std::span<const Augmentation> augmentations, std::uint64_t seed, Index epoch, Index image) {
    for (std::size_t place = 0; place < augmentations.size(); ++place) {
        const RandomStream stream = {seed, stream_named(seed, "augment").stream + static_cast<std::uint32_t>(place)};
        const Draw draw{stream, epoch, image};
        std::visit([&](const auto& augmentation) { apply(augmentation, draw, view); }, augmentations[place]);
    }
}

}  // namespace normlab
