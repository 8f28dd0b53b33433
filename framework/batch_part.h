// How a training batch is cut by its images, so that processes can share it, and so that sums over it have the same
// bits whoever computes them.
//
//   the batch     | 0 1 | 2 3 | 4 5 | 6 7 | 8 9 | … |     blocks of equally many images; the last ones may have fewer
//   replicas      |    first    |    second   | …         whole blocks: the images that the norm `batch` sees together
//   ranks         |          first            | …         whole replicas: the images that one process computes
//
// A sum over the images is computed block by block, and blocks are added in pairs of neighbours, then pairs of pairs,
// within a process as among processes (framework/collective.h). It is the same sum, to the last bit, for all numbers of
// processes that are powers of two, if each has a power of two of the blocks.
#pragma once

#include <functional>

#include "framework/collective.h"
#include "framework/tensor.h"

namespace normlab {

struct BatchCut {
    Index blocks = 1, replicas = 1, ranks = 1;  // each divides the one before

    // Whether all replicas get images of a batch, two at least. Otherwise it is one replica, and every rank computes
    // all of it.
    bool cuts(Index images) const;
};

// What one process has of a batch.
struct BatchPart {
    Index first = 0, images = 0;   // its images
    Index total = 0;               // images of the batch
    Index blocks = 1, block = 0;   // blocks of this process, and images in each but the last
    Index replica = 0;             // images in a replica
    Collective* ranks = &alone();  // that share the batch

    // Whether this process answers for its images; false if all compute the same and another answers.
    bool counts = true;
};
BatchPart part_of(Index images, const BatchCut& cut, Collective& ranks);

// While one is in scope, ops that are called on this thread work on that part. The one made last is in use.
class BatchPartInUse {
  public:
    explicit BatchPartInUse(const BatchPart& part);
    ~BatchPartInUse();
    BatchPartInUse(const BatchPartInUse&) = delete;
    BatchPartInUse& operator=(const BatchPartInUse&) = delete;

  private:
    BatchPart part_;
    const BatchPart* before_;
};
// The part in use; with none, all of a batch of so many images, as one block.
BatchPart batch_part(Index images);

// A sum over the images of this process, to which sum_of(first, count, result) gives that over some neighbouring ones.
using SumOfImages = std::function<void(Index first, Index count, Scalar* result)>;
Tensor sum_over_images(const Shape& shape, Index images, const SumOfImages& sum_of);

// Numbers of each block of this process, `width` for a block: their sum over the blocks of all processes, in order.
std::vector<double> sum_over_batch(const BatchPart& part, const std::vector<double>& by_block, std::size_t width);

}  // namespace normlab
