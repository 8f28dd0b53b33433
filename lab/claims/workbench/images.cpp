#include "lab/claims/workbench/images.h"

#include <algorithm>

namespace normlab {

Batch whole(const ImageSet& set, const PixelScale& scale) {
    Loader loader(set, {.batch_size = set.size(), .scale = scale});
    loader.start_epoch(0);
    return std::move(*loader.next());
}

ImageSet corrupted(ImageSet set, const std::vector<Corruption>& corruptions, std::uint64_t seed) {
    corrupt(set, corruptions, stream_named(seed, "corrupt"));
    return set;
}

Tensor picked(const Tensor& images, std::span<const Index> places) {
    const Shape& shape = images.shape();
    Tensor result({static_cast<Index>(places.size()), shape[1], shape[2], shape[3]});
    const Index numbers = shape[1] * shape[2] * shape[3];
    Scalar* to = result.mutable_data();
    for (const Index place : places) to = std::copy_n(images.data() + place * numbers, numbers, to);
    return result;
}

}  // namespace normlab
