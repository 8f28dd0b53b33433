#include "layers/norm.h"

#include <algorithm>

#include "layers/batch_norm2d.h"
#include "layers/batch_renorm2d.h"
#include "layers/containers.h"
#include "layers/ghost_batch_norm2d.h"
#include "layers/group_norm.h"
#include "layers/instance_norm2d.h"
#include "layers/rms_norm.h"

namespace normlab {
namespace {

BatchNorm2dOptions batch_options(const Norm& norm, Index channels) {
    return {.num_features = channels,
            .eps = norm.eps,
            .momentum = norm.momentum,
            .scale = norm.scale,
            .center = norm.center,
            .track_running_stats = norm.track_running_stats.value_or(true),
            .biased_running_var = norm.biased_running_var,
            .use_batch_stats = norm.use_batch_stats,
            .update_running_stats = norm.update_running_stats};
}

GroupNormOptions group_options(const Norm& norm, Index groups, Index channels) {
    return {.num_groups = std::min(groups, channels),
            .num_channels = channels,
            .eps = norm.eps,
            .scale = norm.scale,
            .center = norm.center};
}

std::unique_ptr<Module> make_trainable(const Norm& norm, Index channels) {
    switch (norm.type) {
        case NormType::batch:
        case NormType::sync_batch: return std::make_unique<BatchNorm2d>(batch_options(norm, channels));
        case NormType::batch_renorm:
            return std::make_unique<BatchRenorm2d>(BatchRenorm2dOptions{.batch = batch_options(norm, channels),
                                                                        .r_max = norm.r_max,
                                                                        .d_max = norm.d_max,
                                                                        .relax_from = norm.relax_from,
                                                                        .relax_d_until = norm.relax_d_until,
                                                                        .relax_r_until = norm.relax_r_until});
        case NormType::ghost_batch:
            return std::make_unique<GhostBatchNorm2d>(GhostBatchNorm2dOptions{
                .batch = batch_options(norm, channels), .virtual_batch_size = norm.virtual_batch_size});
        case NormType::group: return std::make_unique<GroupNorm>(group_options(norm, norm.groups, channels));
        case NormType::layer: return std::make_unique<GroupNorm>(group_options(norm, 1, channels));
        case NormType::instance:
            return std::make_unique<InstanceNorm2d>(
                InstanceNorm2dOptions{.num_features = channels,
                                      .eps = norm.eps,
                                      .momentum = norm.momentum,
                                      .affine = true,
                                      .scale = norm.scale,
                                      .center = norm.center,
                                      .track_running_stats = norm.track_running_stats.value_or(false)});
        case NormType::rms:
            return std::make_unique<RMSNorm>(
                RMSNormOptions{.num_channels = channels, .eps = norm.eps, .affine = norm.scale});
        case NormType::none: break;
    }
    return std::make_unique<Identity>();
}

}  // namespace

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels) {
    std::unique_ptr<Module> layer = make_trainable(norm, channels);
    if (!norm.trainable) layer->freeze();
    return layer;
}

}  // namespace normlab
