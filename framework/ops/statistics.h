// The mean and variance that normalization uses. Norms differ in which elements share them. An activation (N,C,H,W) is
// cut into sets of neighbouring images × neighbouring channels; the pixels always belong together:
//
//                     images in a set    channels in a set
//   BatchNorm               N                   1               Ioffe, Szegedy 2015
//   GhostBatchNorm     some of the N            1               Hoffer, Hubara, Soudry 2017
//   GroupNorm               1                  C/G              Wu, He 2018
//   LayerNorm               1                   C               Ba, Kiros, Hinton 2016
//   InstanceNorm            1                   1               Ulyanov, Vedaldi, Lempitsky 2016
//   RMSNorm                 1                   C, with μ = 0   Zhang, Sennrich 2019
#pragma once

#include <algorithm>
#include <vector>

#include "framework/batch_part.h"
#include "framework/kernels/kernels.h"
#include "framework/tensor.h"

namespace normlab {

struct SetSize {
    Index images = 1;    // the last set of a batch may have fewer
    Index channels = 1;  // divides C
};

// One number for each of the S sets: those of the first images, channel by channel, then those of the next.
struct Statistics {
    SetSize size;
    std::vector<double> mean, variance;  // (S) the variance is the biased one
    std::vector<double> count;           // (S) elements in the set; empty if the statistics are fixed
    bool centered = true;                // false: μ is not the mean but 0, and the variance is the mean square
    BatchPart part = {};                 // of the batch, that they are of
    bool of_batch = false;               // whether they are those of the whole batch and not of the part
};

// The statistics of x, (N,C,H,W) or (N,C).
Statistics statistics_of(const Tensor& x, SetSize size);
// One set for each channel, of the whole batch: the blocks of all processes are put together in order.
Statistics statistics_of_batch(const Tensor& x);
// The sets of all processes that share the batch, in order.
Statistics gathered(const Statistics& own);
// The same with μ = 0.
Statistics mean_square_of(const Tensor& x, SetSize size);
// Numbers known beforehand, such as running statistics: one set for each channel, of all images.
Statistics fixed_statistics(const Tensor& mean, const Tensor& variance, Index images);

// The cut of one activation into S sets. If all sets have equally many images, those of one set, neighbours in memory,
// are taken as one image of more pixels; or those of a part of it, if the batch is cut into blocks.
class Sets {
  public:
    Sets(const Shape& x, SetSize size);

    const NormShape& shape() const { return shape_; }
    std::size_t count() const { return static_cast<std::size_t>(shape_.rows() * sets_per_row()); }
    // The set of channel c in the images that share row `row` of coefficients.
    std::size_t of(Index row, Index c) const { return static_cast<std::size_t>(row * sets_per_row() + c / channels_); }

    // The rows n of the shape that hold the images up to this one, which begins one.
    Index rows_before(Index image) const { return (image + images_ - 1) / images_; }
    Index block_of_row(Index n) const { return n * images_ / block_; }

    // Calls visit(shape, row, row of coefficients) for the rows of each block, from those on: kernels cut their sums by
    // the shape that they get, which must not depend on how many blocks this process has.
    template <class Visit>
    void for_each_block(Visit visit) const {
        const Index rows = block_ / images_, together = shape_.images_per_row;
        if (rows >= shape_.N || (together % rows != 0 && rows % together != 0)) return visit(shape_, 0, 0);
        NormShape block = shape_;
        block.images_per_row = std::min(together, rows);
        for (Index row = 0; row < shape_.N; row += rows) {
            block.N = std::min(rows, shape_.N - row);
            visit(block, row, row / together);
        }
    }

    // Calls visit(i, c, set) for each channel of each image of the shape, i being n·C + c.
    template <class Visit>
    void for_each_channel(Visit visit) const {
        for_each_channel(0, shape_.N, visit);
    }
    template <class Visit>
    void for_each_channel(Index first_row, Index end_row, Visit visit) const {
        for (Index n = first_row, i = n * shape_.C; n < end_row; ++n) {
            std::size_t set = of(n / shape_.images_per_row, 0);
            for (Index first = 0; first < shape_.C; first += channels_, ++set)
                for (Index c = first; c < first + channels_; ++c) visit(i++, c, set);
        }
    }

  private:
    Index sets_per_row() const { return shape_.C / channels_; }
    NormShape shape_;
    Index channels_;    // in a set
    Index images_ = 1;  // that are taken as one
    Index block_;       // images in a block
};

// The sums of v and of v·(x − center) over the pixels of each row: (rows,C).
struct PixelSums {
    Tensor v, v_x;
};
PixelSums pixel_sums(const Sets& sets, const Scalar* x, const Scalar* v, const Scalar* center, ReluGate gate);

}  // namespace normlab
