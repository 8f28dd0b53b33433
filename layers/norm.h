// The normalization that a model is built with, as one value: every place that normalizes asks make_norm for a layer.
#pragma once

#include <memory>
#include <optional>

#include "framework/module.h"

namespace normlab {

enum class NormType {
    batch,
    sync_batch,  // statistics of all processes' images together; in one process that is batch
    batch_renorm,
    ghost_batch,
    group,
    layer,  // over C,H,W of an image, with γ and β per channel: a GroupNorm of one group
    instance,
    rms,
    none,
};

// What a type does not know it does not look at. BatchNorm2d's are those of batch, sync_batch, batch_renorm and
// ghost_batch.
struct Norm {
    NormType type = NormType::batch;
    double eps = 1e-5;
    bool scale = true, center = true;         // γ and β are learned; rms has no β
    bool trainable = true;                    // otherwise the layers are frozen
    std::optional<double> momentum = 0.1;     // BatchNorm2d's, instance; none: the cumulative average
    std::optional<bool> track_running_stats;  // BatchNorm2d's but renorm (default true), instance (false)
    bool biased_running_var = false;          // BatchNorm2d's
    bool use_batch_stats = true;              // batch, sync_batch
    bool update_running_stats = true;         // BatchNorm2d's
    Index groups = 8;                         // group; fewer channels than that make one group each
    Index virtual_batch_size = 32;            // ghost_batch
    double r_max = 3, d_max = 5;              // batch_renorm
    double relax_from = 0.04, relax_d_until = 0.2, relax_r_until = 0.3;
};

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels);

}  // namespace normlab
