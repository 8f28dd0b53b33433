// The statistics of a batch that is cut into blocks and shared by processes: see framework/batch_part.h.
#include "framework/ops/statistics.h"
#include "framework/support/error.h"

namespace normlab {

// A process sends, for each set: the count, the mean and the variance. What it lacks has the count 0.
Statistics gathered(const Statistics& own) {
    const BatchPart& part = own.part;
    if (part.ranks->size() == 1) return own;
    const auto sets_of = [&](Index images) { return (images + own.size.images - 1) / own.size.images; };
    const Index in_images = static_cast<Index>(own.mean.size()) / sets_of(part.images);  // of each set of images
    std::vector<double> mine(static_cast<std::size_t>(3 * in_images * sets_of(part.blocks * part.block))),
        all(mine.size() * static_cast<std::size_t>(part.ranks->size()));
    for (std::size_t set = 0; set < own.mean.size(); ++set) {
        mine[3 * set] = own.count[set];
        mine[3 * set + 1] = own.mean[set];
        mine[3 * set + 2] = own.variance[set];
    }
    part.ranks->gather(mine, all);
    Statistics found{.size = own.size, .part = part};
    for (std::size_t i = 0; i < all.size(); i += 3) {
        if (all[i] == 0) continue;
        found.count.push_back(all[i]);
        found.mean.push_back(all[i + 1]);
        found.variance.push_back(all[i + 2]);
    }
    return found;
}

Statistics statistics_of_batch(const Tensor& x) {
    require(x.shape().rank() == 4 || x.shape().rank() == 2, "normalize", "input must be (N,C,H,W) or (N,C), got ",
            x.shape());
    const BatchPart part = batch_part(x.shape()[0]);
    const Statistics blocks = gathered(statistics_of(x, {.images = part.block, .channels = 1}));
    const auto width = static_cast<std::size_t>(x.shape()[1]);
    if (blocks.mean.size() == width) return blocks;
    std::vector<double> mean(width), squares(width), count(width);
    for (std::size_t i = 0; i < blocks.mean.size(); ++i) {  // as in statistics_of
        const std::size_t c = i % width;
        const double before = count[c], share = blocks.count[i] / (before + blocks.count[i]);
        const double distance = blocks.mean[i] - mean[c];
        mean[c] += share * distance;
        squares[c] += blocks.variance[i] * blocks.count[i] + before * share * distance * distance;
        count[c] += blocks.count[i];
    }
    for (std::size_t c = 0; c < width; ++c) squares[c] /= count[c];
    return {.size = {.images = part.images, .channels = 1},
            .mean = mean,
            .variance = squares,
            .count = count,
            .part = part,
            .of_batch = true};
}

PixelSums pixel_sums(const Sets& sets, const Scalar* x, const Scalar* v, const Scalar* center, ReluGate gate) {
    const Index C = sets.shape().C, in_row = sets.shape().pixels * C;
    PixelSums sums{Tensor({sets.shape().N, C}), Tensor({sets.shape().N, C})};
    sets.for_each_block([&](const NormShape& shape, Index row, Index at) {
        const ReluGate here = gate.scale == nullptr ? gate : ReluGate{gate.scale + at * C, gate.shift + at * C};
        kernels().normalize_sums(shape, x + row * in_row, v + row * in_row, center + at * C, here,
                                 sums.v.mutable_data() + row * C, sums.v_x.mutable_data() + row * C);
    });
    return sums;
}

}  // namespace normlab
