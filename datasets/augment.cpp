#include "datasets/augment.h"

#include <algorithm>
#include <numeric>

#include "datasets/shuffle.h"

namespace normlab {
namespace {

using Words = std::array<std::uint32_t, 4>;  // what one augmentation may draw for one image

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

void apply(const RandomCrop& options, const Words& words, View& view) {
    crop(view.rows, options.padding, words[0]);
    crop(view.columns, options.padding, words[1]);
}

void apply(const HorizontalFlip& options, const Words& words, View& view) {
    if (words[0] < options.p * 0x1p32) std::reverse(view.columns.begin(), view.columns.end());
}

void apply(const Translate& options, const Words& words, View& view) {
    move(view.rows, options.max_shift, words[0]);
    move(view.columns, options.max_shift, words[1]);
}

void apply(const Cutout& options, const Words& words, View& view) {
    const Index height = static_cast<Index>(view.rows.size()), width = static_cast<Index>(view.columns.size());
    const Index top = below(height, words[0]) - options.size / 2, left = below(width, words[1]) - options.size / 2;
    view.holes.push_back({std::max<Index>(0, top), std::max<Index>(0, left), std::min(height, top + options.size),
                          std::min(width, left + options.size)});
}

Augmentation parse_one(const Json& value, const std::string& path) {
    static const std::vector<std::pair<std::string, Augmentation>> known = {{"random_crop", RandomCrop{}},
                                                                            {"horizontal_flip", HorizontalFlip{}},
                                                                            {"translate", Translate{}},
                                                                            {"cutout", Cutout{}}};
    if (value.is_string()) return JsonReader::chosen(value.get<std::string>(), known, path);

    JsonReader options(value, path);
    Augmentation augmentation = JsonReader::chosen(options.get<std::string>("type"), known, options.path_of("type"));
    const auto at_least_0 = [&](const char* key, Index& number) {
        number = options.get<Index>(key, number);
        if (number < 0) throw ConfigError(options.path_of(key), "cannot be negative, got " + std::to_string(number));
    };
    if (auto* random_crop = std::get_if<RandomCrop>(&augmentation)) at_least_0("padding", random_crop->padding);
    if (auto* translate = std::get_if<Translate>(&augmentation)) at_least_0("max_shift", translate->max_shift);
    if (auto* cutout = std::get_if<Cutout>(&augmentation)) at_least_0("size", cutout->size);
    if (auto* flip = std::get_if<HorizontalFlip>(&augmentation)) {
        flip->p = options.get<double>("p", flip->p);
        if (!(flip->p >= 0 && flip->p <= 1)) throw ConfigError(options.path_of("p"), "must be in [0, 1]");
    }
    options.finish();
    return augmentation;
}

}  // namespace

std::vector<Augmentation> parse_augmentations(const Json& list, const std::string& path) {
    if (!list.is_array()) throw ConfigError(path, "expected a list of augmentations, got " + list.dump());
    std::vector<Augmentation> augmentations;
    for (std::size_t i = 0; i < list.size(); ++i)
        augmentations.push_back(parse_one(list[i], path + "[" + std::to_string(i) + "]"));
    return augmentations;
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
        const Words words = random_words(stream, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(image));
        std::visit([&](const auto& augmentation) { apply(augmentation, words, view); }, augmentations[place]);
    }
}

}  // namespace normlab
