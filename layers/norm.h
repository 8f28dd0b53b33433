// The normalization that a model is built with, as one value: every place that normalizes asks make_norm for a layer.
#pragma once

#include <memory>

#include "layers/batch_renorm2d.h"
#include "layers/ghost_batch_norm2d.h"

namespace normlab {

enum class NormType {
    batch,
    sync_batch,  // statistics of the images of all processes
    batch_renorm,
    ghost_batch,
    l1_batch,
    group,
    layer,  // over C,H,W of an image, with γ and β per channel: a GroupNorm of one group
    instance,
    rms,
    none,
};

// A type ignores the options that are not its own; layers/norm_table.cpp lists those of each. BatchNorm2d's are those
// of all types with "batch" in their name. Defaults are those of the layers.
struct Norm {
    NormType type = NormType::batch;
    double eps = BatchNorm2dOptions().eps;
    bool scale = true, center = true;                                // γ and β are learned; rms has no β
    double gamma_init = 1, beta_init = 0;                            // what they are at first
    bool trainable = true;                                           // otherwise the layers are frozen
    std::optional<double> momentum = BatchNorm2dOptions().momentum;  // BatchNorm2d's, instance
    std::optional<bool> track_running_stats;                         // the same but batch_renorm; empty: as the layer
    bool biased_running_var = BatchNorm2dOptions().biased_running_var;      // BatchNorm2d's
    double running_mean_init = 0, running_var_init = 1;                     // of the running statistics, at first
    bool use_batch_stats = BatchNorm2dOptions().use_batch_stats;            // batch, sync_batch
    bool update_running_stats = BatchNorm2dOptions().update_running_stats;  // BatchNorm2d's
    Index groups = 8;  // group; at most: as many as divide the channels
    Index virtual_batch_size = GhostBatchNorm2dOptions().virtual_batch_size;            // ghost_batch
    double r_max = BatchRenorm2dOptions().r_max, d_max = BatchRenorm2dOptions().d_max;  // batch_renorm
    double relax_from = BatchRenorm2dOptions().relax_from;
    double relax_d_until = BatchRenorm2dOptions().relax_d_until, relax_r_until = BatchRenorm2dOptions().relax_r_until;
};

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels);

}  // namespace normlab
