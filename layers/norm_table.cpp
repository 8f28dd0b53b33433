#include "layers/norm_table.h"

#include <algorithm>

#include "layers/batch_norm2d.h"
#include "layers/batch_renorm2d.h"
#include "layers/containers.h"
#include "layers/ghost_batch_norm2d.h"
#include "layers/group_norm.h"
#include "layers/instance_norm2d.h"
#include "layers/l1_batch_norm2d.h"
#include "layers/layer_norm.h"
#include "layers/rms_norm.h"

namespace normlab {
namespace {

constexpr const char *kAboutEps = "Added to the variance",
                     *kAboutAffine = "A scale and an offset for each channel are learned",
                     *kAboutMomentum = "A new batch's share in the running statistics; null: cumulative",
                     *kAboutTracking = "Evaluation uses running statistics";

// What a norm's options are made of.

void scale(Fields& f, Norm& norm) {
    f.number("eps", norm.eps, kNotNegative, kAboutEps);
    if (!f.writes()) {
        bool affine = true;
        f.flag("affine", affine, kAboutAffine);
        norm.scale = norm.center = affine;
    }
    f.flag("scale", norm.scale, "The scale alone; by default as affine");
}

void trainable(Fields& f, Norm& norm) {
    f.flag("trainable", norm.trainable, "false: frozen. It computes as in evaluation and learns nothing");
}

void affine(Fields& f, Norm& norm) {
    scale(f, norm);
    f.flag("center", norm.center, "The offset alone; by default as affine");
    trainable(f, norm);
}

void momentum(Fields& f, Norm& norm) {
    f.number("momentum", norm.momentum, kFraction, kAboutMomentum);
}

void tracking(Fields& f, Norm& norm, bool by_default) {
    bool track = norm.track_running_stats.value_or(by_default);
    f.flag("track_running_stats", track, kAboutTracking);
    norm.track_running_stats = track;
}

void updating(Fields& f, Norm& norm) {
    f.flag("biased_running_var", norm.biased_running_var, "The running variance averages the biased estimate");
    f.flag("update_running_stats", norm.update_running_stats, "Training updates the running statistics");
}

void running(Fields& f, Norm& norm) {
    affine(f, norm);
    momentum(f, norm);
    tracking(f, norm, BatchNorm2dOptions().track_running_stats);
    updating(f, norm);
}

// And of each type.

void batch(Fields& f, Norm& norm) {
    running(f, norm);
    f.flag("use_batch_stats", norm.use_batch_stats,
           "Training normalizes with the batch's statistics; false: with the running ones");
}

void batch_renorm(Fields& f, Norm& norm) {
    affine(f, norm);
    momentum(f, norm);
    updating(f, norm);
    f.number("r_max", norm.r_max, {.least = 1}, "The correction of the scale is at most this, at least 1 / r_max");
    f.number("d_max", norm.d_max, kNotNegative, "The correction of the mean is at most this many deviations");
    f.number("relax_from", norm.relax_from, kFraction, "The share of the run up to which it is batch norm");
    f.number("relax_d_until", norm.relax_d_until, kFraction,
             "The share of the run at which the limit d_max is reached");
    f.number("relax_r_until", norm.relax_r_until, kFraction,
             "The share of the run at which the limit r_max is reached");
}

void ghost_batch(Fields& f, Norm& norm) {
    running(f, norm);
    f.whole("virtual_batch_size", norm.virtual_batch_size, {1, kMany}, "Images that share statistics while training");
}

void group(Fields& f, Norm& norm) {
    affine(f, norm);
    f.whole("groups", norm.groups, {1, kMany},
            "Number of groups; a layer whose channels they do not divide has the most below that do");
}

void instance(Fields& f, Norm& norm) {
    affine(f, norm);
    momentum(f, norm);
    tracking(f, norm, InstanceNorm2dOptions().track_running_stats);
}

void rms(Fields& f, Norm& norm) {
    scale(f, norm);
    trainable(f, norm);
}

BatchNorm2dOptions batch_options(const Norm& norm, Index channels) {
    const BatchNorm2dOptions defaults;
    return {.num_features = channels,
            .eps = norm.eps,
            .momentum = norm.momentum,
            .scale = norm.scale,
            .center = norm.center,
            .track_running_stats = norm.track_running_stats.value_or(defaults.track_running_stats),
            .biased_running_var = norm.biased_running_var,
            .use_batch_stats = norm.use_batch_stats,
            .update_running_stats = norm.update_running_stats};
}

using Made = std::unique_ptr<Module>;

Made make_batch(const Norm& norm, Index channels) {
    return std::make_unique<BatchNorm2d>(batch_options(norm, channels));
}

Made make_batch_renorm(const Norm& norm, Index channels) {
    return std::make_unique<BatchRenorm2d>(BatchRenorm2dOptions{.batch = batch_options(norm, channels),
                                                                .r_max = norm.r_max,
                                                                .d_max = norm.d_max,
                                                                .relax_from = norm.relax_from,
                                                                .relax_d_until = norm.relax_d_until,
                                                                .relax_r_until = norm.relax_r_until});
}

Made make_ghost_batch(const Norm& norm, Index channels) {
    return std::make_unique<GhostBatchNorm2d>(
        GhostBatchNorm2dOptions{.batch = batch_options(norm, channels), .virtual_batch_size = norm.virtual_batch_size});
}

Made make_l1_batch(const Norm& norm, Index channels) {
    return std::make_unique<L1BatchNorm2d>(batch_options(norm, channels));
}

Index largest_divisor(Index of, Index most) {
    Index divisor = std::min(of, most);
    while (divisor > 1 && of % divisor != 0) --divisor;
    return divisor;
}

Made make_groups(const Norm& norm, Index groups, Index channels) {
    return std::make_unique<GroupNorm>(GroupNormOptions{.num_groups = groups,
                                                        .num_channels = channels,
                                                        .eps = norm.eps,
                                                        .scale = norm.scale,
                                                        .center = norm.center});
}

Made make_group(const Norm& norm, Index channels) {
    return make_groups(norm, largest_divisor(channels, norm.groups), channels);
}

Made make_layer(const Norm& norm, Index channels) {
    return make_groups(norm, 1, channels);
}

Made make_instance(const Norm& norm, Index channels) {
    const InstanceNorm2dOptions defaults;
    return std::make_unique<InstanceNorm2d>(
        InstanceNorm2dOptions{.num_features = channels,
                              .eps = norm.eps,
                              .momentum = norm.momentum,
                              .affine = true,
                              .scale = norm.scale,
                              .center = norm.center,
                              .track_running_stats = norm.track_running_stats.value_or(defaults.track_running_stats)});
}

Made make_rms(const Norm& norm, Index channels) {
    return std::make_unique<RMSNorm>(RMSNormOptions{.num_channels = channels, .eps = norm.eps, .affine = norm.scale});
}

Made make_identity(const Norm&, Index) {
    return std::make_unique<Identity>();
}

// The layer of a norm of this type, under its own name and with the same options.
template <NormType type>
LayerKind as_layer(const char* name, const char* about) {
    const auto visit = [](Fields& f) {
        Norm norm{.type = type};
        fields(f, norm);
        return norm;
    };
    return {name, about, visit, [visit](Fields& f, LayerContext& at) { return make_norm(visit(f), at.channels()); }};
}

}  // namespace

// Layers whose options are not those of the norm.

static void fields(Fields& f, GroupNormOptions& o) {
    f.require_key("num_groups");
    f.whole("num_groups", o.num_groups, {1, kMany}, "Groups of channels that share a mean and a variance");
    f.number("eps", o.eps, kNotNegative, kAboutEps);
    f.flag("affine", o.affine, kAboutAffine);
}

static void fields(Fields& f, LayerNormOptions& o) {
    f.number("eps", o.eps, kNotNegative, kAboutEps);
    f.flag("elementwise_affine", o.elementwise_affine, "A scale for each element is learned");
    f.flag("bias", o.bias, "And an offset");
}

static void fields(Fields& f, InstanceNorm2dOptions& o) {
    f.number("eps", o.eps, kNotNegative, kAboutEps);
    f.number("momentum", o.momentum, kFraction, kAboutMomentum);
    f.flag("affine", o.affine, kAboutAffine);
    f.flag("track_running_stats", o.track_running_stats, kAboutTracking);
}

static void fields(Fields& f, RMSNormOptions& o) {
    f.number("eps", o.eps, kNotNegative, "Added to the mean square");
    f.flag("affine", o.affine, "A scale for each channel is learned");
}

const std::vector<NormRow>& norm_table() {
    static const std::vector<NormRow> rows = {
        {NormType::batch, "batch", batch, make_batch,
         as_layer<NormType::batch>("batch_norm2d", "Batch normalization, whatever the model's \"norm\" says")},
        {NormType::sync_batch, "sync_batch", batch, make_batch},
        {NormType::batch_renorm, "batch_renorm", batch_renorm, make_batch_renorm,
         as_layer<NormType::batch_renorm>("batch_renorm2d",
                                          "Batch renormalization: training normalizes almost as evaluation does")},
        {NormType::ghost_batch, "ghost_batch", ghost_batch, make_ghost_batch,
         as_layer<NormType::ghost_batch>("ghost_batch_norm2d", "Batch normalization over parts of the batch")},
        {NormType::l1_batch, "l1_batch", running, make_l1_batch,
         as_layer<NormType::l1_batch>("l1_batch_norm2d",
                                      "Batch normalization by the mean absolute deviation from the mean")},
        {NormType::group, "group", group, make_group,
         layer_kind<GroupNorm, GroupNormOptions>(
             "group_norm", "Group normalization",
             [](const LayerContext& at) { return GroupNormOptions{.num_channels = at.channels()}; })},
        {NormType::layer, "layer", affine, make_layer,
         layer_kind<LayerNorm, LayerNormOptions>(
             "layer_norm", "Layer normalization over C,H,W with a scale and an offset for each element",
             [](const LayerContext& at) {
                 const Images image = as_images(at.shape);
                 return LayerNormOptions{.normalized_shape =
                                             at.shape.rank() == 2 ? Shape{image.C} : Shape{image.C, image.H, image.W}};
             })},
        {NormType::instance, "instance", instance, make_instance,
         layer_kind<InstanceNorm2d, InstanceNorm2dOptions>(
             "instance_norm2d", "Instance normalization: each channel of each image by itself",
             [](const LayerContext& at) { return InstanceNorm2dOptions{.num_features = at.channels()}; })},
        {NormType::rms, "rms", rms, make_rms,
         layer_kind<RMSNorm, RMSNormOptions>(
             "rms_norm", "Division by the root of the mean square",
             [](const LayerContext& at) { return RMSNormOptions{.num_channels = at.channels()}; })},
        {NormType::none, "none", [](Fields&, Norm&) {}, make_identity},
    };
    return rows;
}

const NormRow& norm_row(NormType type) {
    return *std::ranges::find(norm_table(), type, &NormRow::type);
}

// Keras's momentum is the share of the running statistics that is kept, PyTorch's the share that is new.
void fields(Fields& f, Norm& norm) {
    if (norm.type == NormType::none) return;
    bool keras = false;
    if (!f.writes())
        f.choice<bool>(
            "convention", keras, {{"pytorch", false}, {"keras", true}},
            "keras: momentum is the share that is kept; by default eps 1e-3, momentum 0.99, biased_running_var");
    if (keras) norm.eps = 1e-3, norm.momentum = 0.99, norm.biased_running_var = true;
    norm_row(norm.type).options(f, norm);
    if (keras && norm.momentum) norm.momentum = 1 - *norm.momentum;
}

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels) {
    std::unique_ptr<Module> layer = norm_row(norm.type).make(norm, channels);
    if (!norm.trainable) layer->freeze();
    return layer;
}

}  // namespace normlab
