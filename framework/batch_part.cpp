#include "framework/batch_part.h"

#include <vector>

#include "framework/kernels/kernels.h"

namespace normlab {
namespace {

thread_local const BatchPart* in_use = nullptr;

Index block_of(Index images, Index blocks) {
    return (images + blocks - 1) / blocks;
}

}  // namespace

bool BatchCut::cuts(Index images) const {
    const Index before_last = block_of(images, blocks) * (blocks / replicas) * (replicas - 1);
    return replicas == 1 || images - before_last >= 2;
}

BatchPart part_of(Index images, const BatchCut& cut, Collective& ranks) {
    const Index block = block_of(images, cut.blocks);
    if (!cut.cuts(images))
        return {.images = images,
                .total = images,
                .blocks = cut.blocks,
                .block = block,
                .replica = images,
                .counts = ranks.rank() == 0};
    const Index blocks = cut.blocks / cut.ranks, most = block * blocks, first = ranks.rank() * most;
    return {.first = first,
            .images = std::min(most, images - first),
            .total = images,
            .blocks = blocks,
            .block = block,
            .replica = block * (cut.blocks / cut.replicas),
            .ranks = &ranks};
}

BatchPartInUse::BatchPartInUse(const BatchPart& part) : part_(part), before_(in_use) {
    in_use = &part_;
}

BatchPartInUse::~BatchPartInUse() {
    in_use = before_;
}

BatchPart batch_part(Index images) {
    if (in_use != nullptr && in_use->images == images) return *in_use;
    return {.images = images, .total = images, .block = images, .replica = images};
}

// As one counts in binary: sums[i] is over 2^i blocks, and two of one size become one of the next.
Tensor sum_over_images(const Shape& shape, Index images, const SumOfImages& sum_of) {
    const Index block = batch_part(images).block;
    std::vector<std::pair<Index, Tensor>> sums;  // the number of blocks in each, and their sum
    const auto join = [&] {
        const auto [blocks, last] = std::move(sums.back());
        sums.pop_back();
        sums.back().first += blocks;
        kernels().accumulate(last.elements(), last.data(), sums.back().second.mutable_data());
    };
    for (Index first = 0; first < images; first += block) {
        Tensor sum(shape);
        sum_of(first, std::min(block, images - first), sum.mutable_data());
        sums.emplace_back(1, std::move(sum));
        while (sums.size() > 1 && sums[sums.size() - 2].first == sums.back().first) join();
    }
    while (sums.size() > 1) join();
    return std::move(sums.front().second);
}

std::vector<double> sum_over_batch(const BatchPart& part, const std::vector<double>& by_block, std::size_t width) {
    std::vector<double> all(by_block.size() * static_cast<std::size_t>(part.ranks->size()));
    part.ranks->gather(by_block, all);
    std::vector<double> sum(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(width));
    for (std::size_t i = width; i < all.size(); ++i) sum[i % width] += all[i];
    return sum;
}

}  // namespace normlab
