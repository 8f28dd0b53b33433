// The normalization that a model is built with, as one value: every place that normalizes asks make_norm for a layer.
#pragma once

#include <memory>
#include <optional>

#include "framework/module.h"

namespace normlab {

enum class NormType {
    batch,
    group,
    layer,     // over C,H,W of an image, with γ and β per channel: a GroupNorm of one group
    instance,
    rms,
    none,
};

struct Norm {
    NormType type = NormType::batch;
    double eps = 1e-5;
    bool affine = true;
    Index groups = 8;                          // group; fewer channels than that make one group each
    std::optional<double> momentum = 0.1;      // batch, instance; none: the cumulative average
    std::optional<bool> track_running_stats;   // batch (default true), instance (default false)
    bool biased_running_var = false;           // batch
};

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels);

}  // namespace normlab
