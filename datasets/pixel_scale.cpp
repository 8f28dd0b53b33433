#include "datasets/pixel_scale.h"

#include <array>
#include <cmath>

namespace normlab {

PixelScale unit_scale(Index channels) {
    const auto C = static_cast<std::size_t>(channels);
    return {std::vector<double>(C, 0), std::vector<double>(C, 1)};
}

// A channel has 256 values: counted first, summed afterwards.
PixelScale scale_of(const ImageSet& set) {
    require(set.size() > 0, "normalize", "a set without images has no mean");
    const auto C = static_cast<std::size_t>(set.image[0]);
    std::vector<std::array<std::uint64_t, 256>> counts(C);
    for (std::size_t i = 0; i < set.pixels.size(); i += C)
        for (std::size_t c = 0; c < C; ++c) ++counts[c][set.pixels[i + c]];

    PixelScale scale;
    const double count = static_cast<double>(set.pixels.size() / C);
    for (std::size_t c = 0; c < C; ++c) {
        double sum = 0, squares = 0;
        for (std::size_t value = 0; value < 256; ++value)
            sum += static_cast<double>(counts[c][value]) * static_cast<double>(value) / 255;
        const double mean = sum / count;
        for (std::size_t value = 0; value < 256; ++value) {
            const double deviation = static_cast<double>(value) / 255 - mean;
            squares += static_cast<double>(counts[c][value]) * deviation * deviation;
        }
        const double std = std::sqrt(squares / count);
        scale.mean.push_back(mean);
        scale.std.push_back(std > 1e-9 ? std : 1);
    }
    return scale;
}

static void fields(Fields& f, PixelScale& scale) {
    for (const char* key : {"mean", "std"}) f.require_key(key);
    f.numbers("mean", scale.mean, kAnyNumber, "For each channel");
    f.numbers("std", scale.std, kPositive, "For each channel");
}

PixelScale parse_scale(const Json& value, const std::string& path, const ImageSet& train) {
    if (value.is_null()) return unit_scale(train.image[0]);
    if (value.is_string()) {
        if (value == "auto") return scale_of(train);
        throw ConfigError(
            path, "unknown value " + value.dump() + "; known: \"auto\", null or {\"mean\": [...], \"std\": [...]}");
    }
    const auto scale = read_fields<PixelScale>(value, path);
    const auto C = static_cast<std::size_t>(train.image[0]);
    for (const auto& [key, numbers] : {std::pair("mean", &scale.mean), std::pair("std", &scale.std)})
        if (numbers->size() != C)
            throw ConfigError(path + "." + key, "expected a number for each of the " + std::to_string(C) +
                                                    " channels of " + train.name + ", got " +
                                                    std::to_string(numbers->size()));
    return scale;
}

Json to_json(const PixelScale& scale) {
    return written_fields(scale);
}

FieldValue scale_field(Json& value) {
    Json numbers = {{"description", "The numbers themselves, one for each channel"}};
    numbers.update(described_fields<PixelScale>());
    return {.read = [&value](const Json& json, const std::string&) { value = json; },
            .write = [&value] { return value; },
            .schema = {{"anyOf", {{{"const", "auto"}}, {{"type", "null"}}, numbers}}}};
}

}  // namespace normlab
