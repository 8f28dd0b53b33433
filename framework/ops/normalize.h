// The engine room of every normalization:
//
//   y = γ x̂ + β,   x̂ = (x − μ) / √(σ² + ε)
//
// They differ in which elements share one μ and σ², and in whose μ and σ² are used. An activation (N,C,H,W) is cut into
// sets of neighbouring images × neighbouring channels; the pixels always belong together:
//
//                     images in a set    channels in a set
//   BatchNorm               N                   1               Ioffe, Szegedy 2015
//   GhostBatchNorm     some of the N            1               Hoffer, Hubara, Soudry 2017
//   GroupNorm               1                  C/G              Wu, He 2018
//   LayerNorm               1                   C               Ba, Kiros, Hinton 2016
//   InstanceNorm            1                   1               Ulyanov, Vedaldi, Lempitsky 2016
//   RMSNorm                 1                   C, with μ = 0   Zhang, Sennrich 2019
//
// γ and β are one number for each channel, or absent.
#pragma once

#include <vector>

#include "framework/tape.h"

namespace normlab {

struct Sharing {
    Index images = 1;  // that follow each other and share statistics; the last set may have fewer
    Index groups = 1;  // sets that the channels are cut into
};

// The mean and the biased variance of each set: those of the first images' groups, then those of the next images'.
struct Statistics {
    Sharing sharing;
    std::vector<double> mean, variance;
    std::vector<double> count;  // elements in the set
    bool centered = true;       // false: μ is not the mean but 0, and the variance is the mean square
};

// The statistics of x, (N,C,H,W) or (N,C).
Statistics statistics_of(const Tensor& x, const Sharing& sharing);
// The same with μ = 0.
Statistics mean_square_of(const Tensor& x, const Sharing& sharing);
// One set for each channel, from numbers known beforehand: running statistics.
Statistics fixed_statistics(const Tensor& mean, const Tensor& variance, Index images);

// Normalizes x by its own statistics: the gradient also flows through μ and σ².
Var normalize(const char* op, const Var& x, const Statistics& own, const Var& gamma, const Var& beta, double eps);
// Normalizes x by constants: an affine function of x, channel by channel.
Var normalize_with(const char* op, const Var& x, const Statistics& given, const Var& gamma, const Var& beta,
                   double eps);

// The same constants as a line for each channel, y = scale·x + shift, for those who fold it into what computes x.
struct ChannelLines {
    Tensor scale, shift;
};
ChannelLines lines_by(const Statistics& given, const Tensor& gamma, const Tensor& beta, double eps);

}  // namespace normlab
