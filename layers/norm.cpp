#include "layers/norm.h"

#include <algorithm>

#include "layers/batch_norm2d.h"
#include "layers/containers.h"
#include "layers/group_norm.h"
#include "layers/instance_norm2d.h"
#include "layers/rms_norm.h"

namespace normlab {

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels) {
    switch (norm.type) {
        case NormType::batch:
            return std::make_unique<BatchNorm2d>(
                BatchNorm2dOptions{.num_features = channels, .eps = norm.eps, .momentum = norm.momentum,
                                   .affine = norm.affine, .track_running_stats = norm.track_running_stats.value_or(true),
                                   .biased_running_var = norm.biased_running_var});
        case NormType::group:
            return std::make_unique<GroupNorm>(GroupNormOptions{.num_groups = std::min(norm.groups, channels),
                                                                .num_channels = channels, .eps = norm.eps,
                                                                .affine = norm.affine});
        case NormType::layer:
            return std::make_unique<GroupNorm>(
                GroupNormOptions{.num_groups = 1, .num_channels = channels, .eps = norm.eps, .affine = norm.affine});
        case NormType::instance:
            return std::make_unique<InstanceNorm2d>(
                InstanceNorm2dOptions{.num_features = channels, .eps = norm.eps, .momentum = norm.momentum,
                                      .affine = norm.affine,
                                      .track_running_stats = norm.track_running_stats.value_or(false)});
        case NormType::rms:
            return std::make_unique<RMSNorm>(
                RMSNormOptions{.num_channels = channels, .eps = norm.eps, .affine = norm.affine});
        case NormType::none: break;
    }
    return std::make_unique<Identity>();
}

}  // namespace normlab
