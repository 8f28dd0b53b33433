#include "layers/norm_layer_kinds.h"

#include "layers/group_norm.h"
#include "layers/instance_norm2d.h"
#include "layers/layer_norm.h"
#include "layers/norm_fields.h"
#include "layers/rms_norm.h"

namespace normlab {

static void fields(Fields& f, GroupNormOptions& o) {
    f.require_key("num_groups");
    f.whole("num_groups", o.num_groups, {1, kMany}, "Groups of channels that share a mean and a variance");
    f.number("eps", o.eps, kNotNegative, kAboutEps);
    f.flag("affine", o.affine, kAboutAffine);
    gamma_init_field(f, o.gamma_init, o.affine);
    beta_init_field(f, o.beta_init, o.affine);
}

static void fields(Fields& f, LayerNormOptions& o) {
    f.number("eps", o.eps, kNotNegative, kAboutEps);
    f.flag("elementwise_affine", o.elementwise_affine, "A scale for each element is learned");
    f.flag("bias", o.bias, "And an offset");
    gamma_init_field(f, o.gamma_init, o.elementwise_affine);
    beta_init_field(f, o.beta_init, o.elementwise_affine && o.bias);
}

static void fields(Fields& f, InstanceNorm2dOptions& o) {
    f.number("eps", o.eps, kNotNegative, kAboutEps);
    f.number("momentum", o.momentum, kFraction, kAboutMomentum);
    f.flag("affine", o.affine, kAboutAffine);
    f.flag("track_running_stats", o.track_running_stats, kAboutTracking);
    gamma_init_field(f, o.gamma_init, o.affine);
    beta_init_field(f, o.beta_init, o.affine);
    running_init_fields(f, o.running_mean_init, o.running_var_init, o.track_running_stats);
}

static void fields(Fields& f, RMSNormOptions& o) {
    f.number("eps", o.eps, kNotNegative, "Added to the mean square");
    f.flag("affine", o.affine, "A scale for each channel is learned");
    gamma_init_field(f, o.gamma_init, o.affine);
}

LayerKind group_norm_kind() {
    return layer_kind<GroupNorm, GroupNormOptions>("group_norm", "Group normalization", [](const LayerContext& at) {
        return GroupNormOptions{.num_channels = at.channels()};
    });
}

LayerKind layer_norm_kind() {
    return layer_kind<LayerNorm, LayerNormOptions>(
        "layer_norm", "Layer normalization over C,H,W with a scale and an offset for each element",
        [](const LayerContext& at) {
            const Images image = as_images(at.shape);
            return LayerNormOptions{.normalized_shape =
                                        at.shape.rank() == 2 ? Shape{image.C} : Shape{image.C, image.H, image.W}};
        });
}

LayerKind instance_norm2d_kind() {
    return layer_kind<InstanceNorm2d, InstanceNorm2dOptions>(
        "instance_norm2d", "Instance normalization: each channel of each image by itself",
        [](const LayerContext& at) { return InstanceNorm2dOptions{.num_features = at.channels()}; });
}

LayerKind rms_norm_kind() {
    return layer_kind<RMSNorm, RMSNormOptions>(
        "rms_norm", "Division by the root of the mean square",
        [](const LayerContext& at) { return RMSNormOptions{.num_channels = at.channels()}; });
}

}  // namespace normlab
