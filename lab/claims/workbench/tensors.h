// Made-up tensors, and what is measured of tensors.
#pragma once

#include <functional>
#include <vector>

#include "framework/module.h"

namespace normlab {

Tensor noise(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1);  // normally distributed

void set_values(Var& parameter, const std::vector<double>& values);

// Mean and (biased) variance of each channel over all images and pixels, in double.
struct Moments {
    std::vector<double> mean, variance;
};
Moments moments_of(const Tensor& x);

double largest_difference(const Tensor& a, const Tensor& b);         // of their elements
std::vector<double> channel_values(const Tensor& x, Index channel);  // in the order of images and pixels

// What the modules that `wanted` picks get as input when the net computes `images` in its current mode, in the order in
// which they compute.
struct HeardInput {
    Module* module;
    Tensor input;
};
using Wanted = std::function<bool(const Module&)>;
std::vector<HeardInput> inputs_of(Module& net, const Tensor& images, const Wanted& wanted);
Wanted of_kind(const std::string& kind);  // "ReLU"
bool is_norm(const Module& module);

double quantile(std::vector<double> values, double share);  // interpolated

// How many of the values lie in each of `bins` equal parts from `low` to `high`, as a share; and the parts' middles.
struct Histogram {
    std::vector<double> at, share;
};
Histogram histogram(const std::vector<double>& values, double low, double high, int bins);

}  // namespace normlab
