// From bytes to the numbers that a model sees: (pixel / 255 − mean) / std, channel by channel.
#pragma once

#include <vector>

#include "datasets/image_set.h"
#include "framework/support/fields.h"

namespace normlab {

struct PixelScale {
    std::vector<double> mean, std;  // one of each per channel
    bool operator==(const PixelScale&) const = default;
};

// Leaves 0 to 1.
PixelScale unit_scale(Index channels);

// Mean 0 and standard deviation 1 over all pixels of `set`. A channel that never changes is only centred.
PixelScale scale_of(const ImageSet& set);

// From a config: "auto" is scale_of(train), null unit_scale, {"mean": [0.5], "std": [0.25]} itself.
PixelScale parse_scale(const Json& value, const std::string& path, const ImageSet& train);

Json to_json(const PixelScale& scale);

// Such a value under a config's key, kept as written.
FieldValue scale_field(Json& value);

}  // namespace normlab
