// A set of images whose bytes tell where they come from, and all batches of an epoch.
#pragma once

#include "datasets/loader.h"

namespace normlab::test {

// `count` images; the bytes count up from image to image, channel fastest.
inline ImageSet counting_set(Index count, const Shape& image) {
    ImageSet set{.name = "counting", .image = image, .classes = {"even", "odd"}};
    for (Index i = 0; i < count * image.elements(); ++i) set.pixels.push_back(static_cast<std::uint8_t>(i));
    for (Index i = 0; i < count; ++i) set.labels.push_back(static_cast<int>(i % 2));
    return set;
}

inline std::vector<Batch> epoch_of(Loader& loader, Index epoch, Index first_batch = 0) {
    std::vector<Batch> batches;
    loader.start_epoch(epoch, first_batch);
    while (auto batch = loader.next()) batches.push_back(std::move(*batch));
    return batches;
}

}  // namespace normlab::test
